//! `perch package`: what is refused before anything is built, and what the built zips are.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::Path;

use perch_cli::package::archive;
use perch_cli::package::elf::{Architecture, Binary, LAMBDA_GLIBC};

use crate::project::{Project, ran, repository};

const HELLO: &str = "route: POST /hello\n";

/// Runs `perch package` on a project with one bot, `hello`, after `change`.
fn refused(change: impl Fn(&Project), words: &[&str]) {
    let project = Project::with_bots(&[("hello", HELLO)]);
    change(&project);
    project.run(&["package"]).failed(1, words);
}

#[test]
fn what_is_misnamed_is_said_with_its_right_name() {
    let rename = |from: &'static str, to: &'static str| {
        move |project: &Project| {
            fs::rename(project.path(from), project.path(to)).expect("the rename");
        }
    };
    let manifest = |text: &'static str| {
        move |project: &Project| project.write("functions/hello/Cargo.toml", text)
    };
    refused(
        manifest("[package]\nname = \"hullo\"\n"),
        &[
            "functions/hello/Cargo.toml",
            "package.name is \"hullo\"",
            "rename it to \"hello\"",
        ],
    );
    refused(
        manifest("[package]\n"),
        &["functions/hello/Cargo.toml", "no package.name"],
    );
    refused(
        manifest("[package]\nname = \"hello\"\n[[bin]]\nname = \"bootstrap\"\n"),
        &[
            "functions/hello/Cargo.toml",
            "bin.name is \"bootstrap\"",
            "rename it to \"hello\"",
        ],
    );
    refused(
        manifest(
            "[package]\nname = \"hello\"\n[[bin]]\nname = \"hello\"\n[[bin]]\nname = \"other\"\n",
        ),
        &["functions/hello/Cargo.toml", "2 [[bin]] sections"],
    );
    refused(
        rename(
            "functions/hello/function.yaml",
            "functions/hello/function.yml",
        ),
        &["functions/hello/function.yml: rename it to function.yaml"],
    );
    refused(
        rename("functions/hello/function.yaml", "functions/hello/bot.yaml"),
        &["functions/hello has no function.yaml"],
    );
    refused(
        rename("functions/hello/src/main.rs", "functions/hello/src/lib.rs"),
        &["functions/hello/src/main.rs is missing"],
    );
    refused(
        rename("functions/hello/Cargo.toml", "functions/hello/cargo.toml"),
        &["functions/hello has no Cargo.toml"],
    );
    refused(
        rename("functions/hello", "functions/Hello"),
        &["functions/Hello: rename the folder"],
    );
    refused(
        |project| {
            project.write(
                "functions/hello/function.yaml",
                "route: POST /hello\nmemroy: 128\n",
            )
        },
        &["functions/hello/function.yaml", "memroy"],
    );
}

#[test]
fn a_bot_in_order_goes_on_to_the_tools() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    project
        .run(&["package"])
        .failed(1, &["cargo-lambda", "make setup"]);
    project
        .run(&["package", "hullo"])
        .failed(1, &["functions/hullo does not exist", "hello"]);
    project
        .run(&["package", "--arch", "mips"])
        .failed(2, &["arm64", "x86_64"]);
}

#[test]
fn which_folders_are_bots_is_answered_as_by_terraform() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    let apply = ["plan", "-input=false", "-no-color"];
    // A folder with neither file, an excluded one among them, is no bot, and a hidden one is none whatever is in it.
    fs::create_dir(project.path("functions/data")).expect("a folder");
    project.write("functions/.old/function.yaml", "rout: POST /old\n");
    project.write("functions/.old/Cargo.toml", "[package]\n");
    let excluded = "[workspace]\nmembers = []\nexclude = [\"functions/data\"]\n";
    project.write("Cargo.toml", excluded);
    project.run(&["package"]).failed(1, &["make setup"]);
    let ran = project.offline(&apply).succeeded();
    assert!(!ran.text().contains(".old"), "{}", ran.text());
    // Half a bot is one that lacks something.
    project.write("functions/half/Cargo.toml", "[package]\n");
    project
        .run(&["package"])
        .failed(1, &["functions/half has no function.yaml"]);
    project
        .offline(&apply)
        .failed(1, &["functions/half/function.yaml: missing"]);
    fs::remove_dir_all(project.path("functions/half")).expect("the folder");
    project.write("functions/data/function.yaml", HELLO);
    project
        .run(&["package"])
        .failed(1, &["functions/data has a function.yaml and is excluded"]);
}

#[test]
fn the_same_binary_is_the_same_zip() {
    let zip = |binary: &[u8]| archive::zip(binary, Architecture::Arm64).expect("a zip");
    let binary: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect();
    assert_eq!(zip(&binary), zip(&binary));
    assert_ne!(zip(&binary), zip(&binary[1..]));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip(&binary))).expect("a zip");
    assert_eq!(archive.comment(), b"architecture=arm64");
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_index(0).expect("one file");
    assert_eq!(file.name().expect("a name"), "bootstrap");
    assert_eq!(file.unix_mode(), Some(0o100_755));
    let time = file.last_modified().expect("a time");
    assert_eq!(
        (time.year(), time.month(), time.day(), time.hour()),
        (1980, 1, 1, 0)
    );
    let mut unpacked = Vec::new();
    file.read_to_end(&mut unpacked).expect("the file");
    assert_eq!(unpacked, binary);
}

#[test]
fn the_architecture_and_the_glibc_are_read_from_the_binary() {
    // This test's own binary: built for this machine, against this machine's glibc.
    let bytes = fs::read(std::env::current_exe().expect("a path")).expect("the test's binary");
    let binary = Binary::read(&bytes).expect("an ELF file");
    assert_eq!(Some(binary.architecture), Architecture::of_this_machine());
    assert!(
        binary.glibc.is_some_and(|glibc| glibc >= (2, 17)),
        "{binary:?}"
    );
    // e_machine, at byte 18: the other architecture, whatever the flag said.
    let mut other = bytes.clone();
    let (machine, expected) = match binary.architecture {
        Architecture::X86_64 => (183_u16, Architecture::Arm64),
        Architecture::Arm64 => (62_u16, Architecture::X86_64),
    };
    other[18..20].copy_from_slice(&machine.to_le_bytes());
    assert_eq!(
        Binary::read(&other).expect("an ELF file").architecture,
        expected
    );
    other[18..20].copy_from_slice(&243_u16.to_le_bytes()); // RISC-V
    assert!(Binary::read(&other).is_err());
    assert!(Binary::read(b"#!/bin/sh\n").is_err());
    assert!(Binary::read(&bytes[..100]).is_err());
}

#[test]
fn a_glibc_newer_than_lambdas_is_refused() {
    let needs = |glibc| Binary {
        architecture: Architecture::X86_64,
        glibc,
    };
    assert!(needs(Some(LAMBDA_GLIBC)).check_glibc().is_ok());
    assert!(needs(None).check_glibc().is_ok());
    let error = needs(Some((2, 36))).check_glibc().expect_err("too new");
    assert!(error.to_string().contains("2.36"), "{error}");
}

/// A bot with a crate of the registry, whose panics name source files.
fn small_bot() -> Project {
    let project = Project::empty();
    let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("Cargo.lock");
    let bytes = lock
        .split("\n\n")
        .find(|package| package.contains("name = \"bytes\"\n"))
        .expect("bytes is locked");
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("Cargo.toml");
    let profile = manifest.split("\n\n").find_map(|part| {
        let (_, settings) = part.split_once("[profile.release]\n")?;
        Some(settings)
    });
    project.write(
        "Cargo.toml",
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n\n[profile.release]\n{}\n",
            profile.expect("the profile of the zips")
        ),
    );
    project.write("functions/hello/function.yaml", HELLO);
    project.write(
        "functions/hello/Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nbytes = \"1\"\n",
    );
    project.write(
        "functions/hello/src/main.rs",
        "fn main() {\n    let all: Vec<u8> = std::env::args().flat_map(String::into_bytes).collect();\n    let part = bytes::Bytes::from(all).slice(1..9);\n    assert!(part[3] > 4, \"{part:?}\");\n}\n",
    );
    project.write(
        "Cargo.lock",
        &format!("version = 4\n\n{bytes}\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\ndependencies = [\"bytes\"]\n"),
    );
    project
}

/// Packages it; the zip, and the binary in it.
fn packaged(project: &Project, environment: &[(&str, &Path)]) -> (Vec<u8>, Vec<u8>) {
    let tools = std::env::var_os("PERCH_TOOLS")
        .map_or_else(|| repository().join(".perch/tools"), Into::into);
    let mut package = project.perch(&["package"]);
    package
        .env("PERCH_TOOLS", tools)
        .env_remove("CARGO_TARGET_DIR")
        .envs(environment.iter().copied());
    ran(&mut package).succeeded();
    let zip = fs::read(project.path("dist/hello.zip")).expect("the zip");
    let binary = bootstrap(&zip).1;
    (zip, binary)
}

/// The comment and the binary of a zip.
fn bootstrap(zip: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip");
    let mut bytes = Vec::new();
    archive
        .by_name("bootstrap")
        .expect("bootstrap")
        .read_to_end(&mut bytes)
        .expect("the file");
    (archive.comment().to_vec(), bytes)
}

/// Two folders, two cargo homes, one of them in the project's folder, and a caller's variables that would change the bytes. What `make test` rehearses builds the
/// real bots elsewhere.
#[test]
fn the_same_source_is_the_same_zip_anywhere() {
    let (one, other) = (small_bot(), small_bot());
    let usual = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().expect("a home").join(".cargo"),
        Into::into,
    );
    let home = other.path("cargo-home");
    fs::create_dir(&home).expect("a cargo home");
    for name in ["registry", "git", "config.toml"] {
        if usual.join(name).exists() {
            symlink(usual.join(name), home.join(name)).expect("a link");
        }
    }
    let (zip, binary) = packaged(&one, &[]);
    let (elsewhere, _) = packaged(
        &other,
        &[
            ("CARGO_HOME", &home),
            ("RUSTFLAGS", Path::new("-C opt-level=1")),
            ("CARGO_PROFILE_RELEASE_LTO", Path::new("off")),
        ],
    );
    assert!(zip == elsewhere, "the two zips differ");
    holds_no_folder_of_this_machine("hello", &binary, &one.path(""));
    // The twin: other source, other bytes.
    let main = fs::read_to_string(one.path("functions/hello/src/main.rs")).expect("the source");
    one.write(
        "functions/hello/src/main.rs",
        &main.replace("part[3] > 4", "part[3] > 5"),
    );
    assert!(packaged(&one, &[]).0 != zip, "the source is not in the zip");
}

fn holds_no_folder_of_this_machine(name: &str, binary: &[u8], project: &Path) {
    let text = String::from_utf8_lossy(binary);
    let project = project.to_string_lossy();
    let project = project.trim_end_matches('/');
    assert!(!text.contains(project), "{name} holds this folder's name");
    for folder in ["/.cargo/registry", "/registry/src/"] {
        assert!(!text.contains(folder), "{name} holds cargo's folder");
    }
}

/// The zips of `make package`, which `make test` makes first. That they start and answer is the demo's test.
#[test]
fn the_built_bots_are_made_for_lambda() {
    for name in ["mendes", "tryo"] {
        let path = repository().join("dist").join(name).with_extension("zip");
        let zip =
            fs::read(&path).unwrap_or_else(|_| panic!("dist/{name}.zip is missing: make package"));
        let (comment, bytes) = bootstrap(&zip);
        let binary = Binary::read(&bytes).expect("an ELF file");
        assert_eq!(
            comment,
            format!("architecture={}", binary.architecture.name()).as_bytes()
        );
        assert!(
            binary.glibc.is_some_and(|glibc| glibc <= LAMBDA_GLIBC),
            "{name}: {binary:?}"
        );
        holds_no_folder_of_this_machine(name, &bytes, &repository());
    }
}
