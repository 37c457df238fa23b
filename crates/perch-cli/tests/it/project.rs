//! A project of the test's own: the real modules and roots, and the bots that the test wants.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use perch_cli::package::archive;
use perch_cli::package::elf::Architecture;
use tempfile::TempDir;

/// This repository.
pub fn repository() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .ancestors()
        .nth(2)
        .expect("crates/perch-cli lies two folders down")
        .to_owned()
}

/// A project in a temporary folder.
pub struct Project {
    folder: TempDir,
}

/// What a run of the command came to.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Both outputs: Terraform's errors come on either.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails the test with what was printed unless the command succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Ran {
        assert_eq!(self.code, Some(0), "{}", self.text());
        self
    }

    /// What a script reads of stdout, after the command ended with `code`.
    #[track_caller]
    pub fn json(self, code: i32) -> serde_json::Value {
        assert_eq!(self.code, Some(code), "{}", self.text());
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }

    /// Fails the test unless the command failed with `code` and said all of `words`.
    #[track_caller]
    pub fn failed(self, code: i32, words: &[&str]) -> Ran {
        let text = squeeze(&self.text());
        assert_eq!(self.code, Some(code), "{text}");
        for word in words {
            assert!(text.contains(&squeeze(word)), "`{word}` is not in:\n{text}");
        }
        self
    }
}

/// Text without Terraform's frames and line breaks, so that a sentence can be looked for.
fn squeeze(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || "│╷╵".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

impl Project {
    /// Without bots.
    pub fn empty() -> Project {
        // In memory where the system has such a folder: Terraform writes the whole state after each resource.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.expect("a temporary folder");
        let project = Project { folder };
        project.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n",
        );
        fs::create_dir(project.path("functions")).expect("functions/");
        fs::create_dir(project.path("dist")).expect("dist/");
        // Copied, not linked: a run that wrote into the tree would show.
        copy(&repository().join("terraform"), &project.path("terraform"));
        project
    }

    /// Without bots, but with the kit and this repository's lock file: what it builds shares this repository's `target`.
    pub fn with_the_kit() -> Project {
        let project = Project::empty();
        for folder in ["bench", "crates"] {
            std::os::unix::fs::symlink(repository().join(folder), project.path(folder))
                .expect("a link");
        }
        for file in ["Cargo.toml", "Cargo.lock"] {
            fs::copy(repository().join(file), project.path(file)).expect("a file");
        }
        project
    }

    /// With bots whose zips are there, as after `make package`.
    pub fn with_bots(bots: &[(&str, &str)]) -> Project {
        let project = Project::empty();
        for (name, declaration) in bots {
            project.add_bot(name, declaration);
        }
        project
    }

    /// With this repository's bots.
    pub fn with_real_bots() -> Project {
        let project = Project::empty();
        for name in ["mendes", "tryo"] {
            let declaration = repository()
                .join("functions")
                .join(name)
                .join("function.yaml");
            let declaration = fs::read_to_string(declaration).expect("the bot's function.yaml");
            project.add_bot(name, &declaration);
        }
        project
    }

    /// With this repository's bots as `make package` built them, and their apps' manifests.
    pub fn with_built_bots() -> Project {
        let project = Project::with_real_bots();
        for name in ["mendes", "tryo"] {
            for file in [
                format!("dist/{name}.zip"),
                format!("functions/{name}/slack-manifest.yaml"),
            ] {
                fs::copy(repository().join(&file), project.path(&file))
                    .unwrap_or_else(|error| panic!("{file}: {error}: make package"));
            }
        }
        project
    }

    /// Adds a bot with its zip.
    pub fn add_bot(&self, name: &str, declaration: &str) {
        self.write(&format!("functions/{name}/function.yaml"), declaration);
        self.write(
            &format!("functions/{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n"),
        );
        self.write(&format!("functions/{name}/src/main.rs"), "fn main() {}\n");
        self.set_code(name, &format!("code of {name}"));
    }

    /// Gives a bot a zip with other code in it.
    pub fn set_code(&self, name: &str, code: &str) {
        let zip = archive::zip(code.as_bytes(), Architecture::X86_64).expect("a zip");
        fs::write(self.path(&format!("dist/{name}.zip")), zip).expect("dist/<name>.zip");
    }

    /// Removes a bot's folder.
    pub fn remove_bot(&self, name: &str) {
        fs::remove_dir_all(self.path(&format!("functions/{name}"))).expect("the bot's folder");
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file with its folders.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    }

    /// The command, to be run in the project.
    pub fn perch(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perch"));
        // A project of the test's own has no tools.
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("PERCH_TOOLS");
        command
    }

    /// Runs the command in the project.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.perch(arguments))
    }

    /// Runs Terraform offline on staging.
    pub fn offline(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["offline"];
        all.extend(arguments);
        let mut command = self.perch(&all);
        command.env("TF_CLI_ARGS", "");
        ran(&mut command)
    }

    /// Every file of the project outside `.perch`, with its bytes: to show that a run left them alone.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        collect(self.folder.path(), &mut found);
        found.sort();
        found
    }
}

/// `…/target/tmp` is where cargo lets integration tests write.
pub fn target_dir() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().expect("target/").to_owned()
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the command runs"))
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name == ".perch") {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push((path.clone(), fs::read(&path).expect("a file")));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == ".terraform" {
            continue;
        }
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a file");
        }
    }
}
