//! What is measured: a program with its environment, what it is zipped as, and what it must answer.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

/// Which answers a bot owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// What a slash command `/bench` says, and 401 to what Slack did not sign.
    Repeats,
    /// 200 to this slash command with its text, and 401 to what Slack did not sign.
    Takes(String),
    /// 200 to anything: it verifies nothing.
    Anything,
}

/// A program that serves the Runtime API.
#[derive(Debug)]
pub struct Bot {
    /// One word, as in `--only`.
    pub name: String,
    /// As in the table.
    pub title: String,
    /// The program and its arguments.
    pub program: Vec<PathBuf>,
    /// The folder that it runs in, if that matters to it.
    pub folder: Option<PathBuf>,
    /// Variables beside those of every function.
    pub environment: BTreeMap<String, String>,
    /// Of the zip, in bytes.
    pub zip_bytes: u64,
    /// What is checked before it is measured.
    pub answers: Answers,
    /// Where a zip's program was put; removed with this.
    unpacked: Option<TempDir>,
}

impl Bot {
    /// One that runs `program`, zipped to `zip`, and is told its secrets' parameters as the peers are.
    ///
    /// # Errors
    /// When the zip is missing.
    pub fn new(name: &str, title: &str, program: Vec<PathBuf>, zip: &Path) -> Result<Bot> {
        let bytes = fs::metadata(zip)
            .with_context(|| zip.display().to_string())?
            .len();
        let parameters = [
            ("SIGNING_SECRET_PARAMETER", "/bench/slack-signing-secret"),
            ("BOT_TOKEN_PARAMETER", "/bench/slack-bot-token"),
        ];
        Ok(Bot {
            name: name.to_owned(),
            title: title.to_owned(),
            program,
            folder: None,
            environment: parameters
                .map(|(name, path)| (name.to_owned(), path.to_owned()))
                .into(),
            zip_bytes: bytes,
            answers: Answers::Repeats,
            unpacked: None,
        })
    }

    /// One from a zip as `make package` makes it, `dist/<name>.zip`, told what `functions/<name>/function.yaml` sets. It must take
    /// its own slash command `/<name> help`.
    ///
    /// # Errors
    /// A zip for another architecture, without a `bootstrap`, or a declaration that cannot be read.
    pub fn unzip(zip: &Path) -> Result<Bot> {
        let mut archive = zip::ZipArchive::new(
            File::open(zip).with_context(|| format!("{} cannot be read", zip.display()))?,
        )?;
        let architecture = String::from_utf8_lossy(archive.comment()).into_owned();
        let ours = format!(
            "architecture={}",
            std::env::consts::ARCH.replace("aarch64", "arm64")
        );
        ensure!(
            architecture == ours,
            "{} is for another machine ({architecture:?}, this one runs {ours:?}): package it with ARCH={}",
            zip.display(),
            ours.trim_start_matches("architecture=")
        );
        let folder = tempfile::tempdir()?;
        let program = folder.path().join("bootstrap");
        let mut packed = archive
            .by_name("bootstrap")
            .with_context(|| format!("{}: no file `bootstrap` in it", zip.display()))?;
        io::copy(&mut packed, &mut File::create(&program)?)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let name = zip
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let mut bot = Bot::new(&name, &name, vec![program], zip)?;
        bot.answers = Answers::Takes(format!("/{name} help"));
        bot.environment = Declaration::of(zip, &name)?.variables();
        bot.unpacked = Some(folder);
        Ok(bot)
    }

    /// The command that runs it, with the Runtime API and SSM at `address` and without this program's own environment.
    pub fn command(&self, address: std::net::SocketAddr) -> Command {
        let mut command = Command::new(self.program.first().map_or(Path::new(""), |path| path));
        command.args(self.program.iter().skip(1));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let own = [
            ("AWS_LAMBDA_RUNTIME_API", address.to_string()),
            ("AWS_ENDPOINT_URL_SSM", format!("http://{address}")),
        ];
        command.envs(FUNCTION).envs(own).envs(&self.environment);
        command
    }
}

/// What Lambda tells every function.
const FUNCTION: [(&str, &str); 15] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("LANG", "en_US.UTF-8"),
    ("TZ", ":UTC"),
    ("AWS_LAMBDA_FUNCTION_NAME", "perch-staging-bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    (
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "/aws/lambda/perch-staging-bench",
    ),
    (
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "2026/01/01/[1]0123456789abcdef",
    ),
    ("AWS_REGION", "ap-northeast-1"),
    ("AWS_DEFAULT_REGION", "ap-northeast-1"),
    ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
    (
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
    ("AWS_SESSION_TOKEN", "example"),
    ("PERCH_STAGE", "staging"),
];

/// What the benchmark needs of a `function.yaml`.
#[derive(Default, Deserialize)]
struct Declaration {
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
}

impl Declaration {
    /// The one of `dist/<name>.zip`, which is `functions/<name>/function.yaml` beside `dist`; nothing where there is none.
    fn of(zip: &Path, name: &str) -> Result<Declaration> {
        let zip = zip.canonicalize()?;
        let Some(root) = zip.parent().and_then(Path::parent) else {
            return Ok(Declaration::default());
        };
        let path = root.join("functions").join(name).join("function.yaml");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(Declaration::default());
        };
        serde_saphyr::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Secrets by their parameters' names, as Terraform puts them into the environment.
    fn variables(self) -> BTreeMap<String, String> {
        let parameter = |path| format!("ssm:/perch/staging/{path}");
        let mut all = self.environment;
        all.extend(
            self.secrets
                .into_iter()
                .map(|(name, path)| (name, parameter(path))),
        );
        all
    }
}
