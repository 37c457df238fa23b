//! `perch package`: what is refused before anything is built, and what the built zips are.

use std::fs;
use std::io::Read;

use perch_cli::package::archive;
use perch_cli::package::elf::{Architecture, Binary, LAMBDA_GLIBC};

use crate::project::{Project, repository};

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
fn what_the_workspace_excludes_is_no_bot() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    fs::create_dir(project.path("functions/data")).expect("a folder");
    project
        .run(&["package"])
        .failed(1, &["functions/data has no function.yaml"]);
    project.write(
        "Cargo.toml",
        "[workspace]\nmembers = []\nexclude = [\"functions/data\"]\n",
    );
    project.run(&["package"]).failed(1, &["make setup"]);
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
    assert_eq!(file.name(), "bootstrap");
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

/// The zips of `make package`, which `make test` runs first.
#[test]
fn the_built_bots_start_on_lambda() {
    for name in ["mendes", "tryo"] {
        let path = repository().join("dist").join(name).with_extension("zip");
        let file = fs::File::open(&path)
            .unwrap_or_else(|_| panic!("dist/{name}.zip is missing: make package"));
        let mut archive = zip::ZipArchive::new(file).expect("a zip");
        let comment = archive.comment().to_vec();
        let mut bytes = Vec::new();
        archive
            .by_name("bootstrap")
            .expect("bootstrap")
            .read_to_end(&mut bytes)
            .expect("the file");
        let binary = Binary::read(&bytes).expect("an ELF file");
        assert_eq!(
            comment,
            format!("architecture={}", binary.architecture.name()).as_bytes()
        );
        assert!(
            binary.glibc.is_some_and(|glibc| glibc <= LAMBDA_GLIBC),
            "{name}: {binary:?}"
        );
        let here = repository().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&here), "{name} holds this folder's name");
        assert!(
            !text.contains("/.cargo/registry"),
            "{name} holds cargo's folder"
        );
    }
}
