//! Reads a buildspec, version 0.2, as AWS's "Build specification reference for CodeBuild" tells.
//!
//! Strict: a key that AWS does not know, a value of another type, and what AWS knows but a rehearsal does not do are
//! errors that name the key and its line. What passes here is done as CodeBuild does it; nothing is left out in silence.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;

/// A buildspec that was found good.
#[derive(Debug)]
pub struct Buildspec {
    pub(crate) shell: Shell,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) exported: Vec<String>,
    pub(crate) install: Phase,
    pub(crate) pre_build: Phase,
    pub(crate) build: Phase,
    pub(crate) post_build: Phase,
    pub(crate) reports: BTreeMap<String, Report>,
    pub(crate) artifacts: Option<Artifacts>,
    pub(crate) cache: Vec<String>,
}

/// What runs the commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shell {
    /// The default on Linux.
    #[default]
    Sh,
    Bash,
}

impl Shell {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Shell::Sh => "sh",
            Shell::Bash => "bash",
        }
    }
}

/// What follows on a failed phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Abort,
    Continue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Phase {
    run_as: Option<Spanned<String>>,
    on_failure: Option<Spanned<String>>,
    /// Only in `install`.
    runtime_versions: Option<Spanned<BTreeMap<String, String>>>,
    #[serde(default)]
    pub(crate) commands: Vec<String>,
    #[serde(default)]
    pub(crate) finally: Vec<String>,
}

impl Phase {
    /// `None` is CodeBuild's own way: after a failed build phase comes post_build, after another one the end.
    pub(crate) fn on_failure(&self) -> Option<OnFailure> {
        match self.on_failure.as_ref()?.value.as_str() {
            "ABORT" => Some(OnFailure::Abort),
            _ => Some(OnFailure::Continue),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Report {
    pub(crate) files: Vec<String>,
    pub(crate) base_directory: Option<String>,
    #[serde(default)]
    pub(crate) discard_paths: YesNo,
    file_format: Option<Spanned<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Artifacts {
    /// Required, but with secondary artifacts CodePipeline takes only those.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// Not used: CodePipeline names what it hands on.
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default)]
    pub(crate) discard_paths: YesNo,
    pub(crate) base_directory: Option<String>,
    #[serde(default)]
    pub(crate) exclude_paths: Vec<String>,
    #[serde(default)]
    pub(crate) enable_symlinks: YesNo,
    #[serde(default)]
    pub(crate) secondary_artifacts: BTreeMap<String, Artifacts>,
}

/// `yes` and `no`, or a boolean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct YesNo(pub(crate) bool);

impl<'de> Deserialize<'de> for YesNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "yes" | "true" => Ok(YesNo(true)),
            "no" | "false" => Ok(YesNo(false)),
            other => Err(de::Error::custom(format!(
                "{other:?} is neither yes nor no"
            ))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    version: Spanned<String>,
    run_as: Option<Spanned<String>>,
    #[serde(default)]
    env: Env,
    proxy: Option<Spanned<serde_json::Value>>,
    batch: Option<Spanned<serde_json::Value>>,
    phases: Spanned<Phases>,
    #[serde(default)]
    reports: BTreeMap<String, Report>,
    artifacts: Option<Artifacts>,
    cache: Option<Cache>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Env {
    shell: Option<Spanned<String>>,
    #[serde(default)]
    variables: BTreeMap<String, Spanned<String>>,
    parameter_store: Option<Spanned<BTreeMap<String, String>>>,
    secrets_manager: Option<Spanned<BTreeMap<String, String>>>,
    #[serde(default)]
    exported_variables: Vec<Spanned<String>>,
    git_credential_helper: Option<Spanned<YesNo>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phases {
    install: Option<Phase>,
    pre_build: Option<Phase>,
    build: Option<Phase>,
    post_build: Option<Phase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cache {
    paths: Vec<String>,
}

/// The runtimes that CodeBuild's images can choose a version of ("Available runtimes").
const RUNTIMES: [&str; 8] = [
    "android", "dotnet", "golang", "java", "nodejs", "php", "python", "ruby",
];

/// "Test reports": what `file-format` may be.
const REPORT_FORMATS: [&str; 10] = [
    "CLOVERXML",
    "COBERTURAXML",
    "CUCUMBERJSON",
    "JACOCOXML",
    "JUNITXML",
    "NUNIT3XML",
    "NUNITXML",
    "SIMPLECOV",
    "TESTNGXML",
    "VISUALSTUDIOTRX",
];

/// What the checks below name lines of.
struct Place<'a> {
    file: &'a str,
}

impl Place<'_> {
    fn refuse<T>(&self, at: &Spanned<T>, problem: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{} line {}: {problem}", self.file, at.referenced.line())
    }
}

impl Buildspec {
    /// Reads the text of a buildspec; `file` is what errors call it.
    ///
    /// # Errors
    /// Not YAML, an unknown key, a value of another type, or something that a rehearsal does not do: named with its line.
    pub fn parse(file: &str, text: &str) -> Result<Buildspec> {
        let place = Place { file };
        let document: Document =
            serde_saphyr::from_str(text).map_err(|error| anyhow!("{file}: {error}"))?;
        if document.version.value != "0.2" {
            bail!(place.refuse(
                &document.version,
                format!(
                    "version is {}: write 0.2, which runs all commands in one shell",
                    document.version.value
                ),
            ));
        }
        refuse_unrehearsed(&place, &document)?;
        let shell = read_shell(&place, document.env.shell.as_ref())?;
        let variables = read_variables(&place, document.env.variables)?;
        let exported = read_exported(&place, document.env.exported_variables)?;
        let phases = &document.phases;
        let named = [
            ("install", &phases.value.install),
            ("pre_build", &phases.value.pre_build),
            ("build", &phases.value.build),
            ("post_build", &phases.value.post_build),
        ];
        if named.iter().all(|(_, phase)| phase.is_none()) {
            bail!(place.refuse(
                phases,
                "phases is empty: write at least one of install, pre_build, build, post_build"
            ));
        }
        for (name, phase) in named {
            check_phase(&place, name, phase.as_ref())?;
        }
        for (name, report) in &document.reports {
            check_report(&place, name, report)?;
        }
        if let Some(artifacts) = &document.artifacts {
            check_artifacts(file, "artifacts", artifacts)?;
        }
        let phases = document.phases.value;
        Ok(Buildspec {
            shell,
            variables,
            exported,
            install: phases.install.unwrap_or_default(),
            pre_build: phases.pre_build.unwrap_or_default(),
            build: phases.build.unwrap_or_default(),
            post_build: phases.post_build.unwrap_or_default(),
            reports: document.reports,
            artifacts: document.artifacts,
            cache: document.cache.map(|cache| cache.paths).unwrap_or_default(),
        })
    }
}

/// What CodeBuild knows and a rehearsal does not do.
fn refuse_unrehearsed(place: &Place, document: &Document) -> Result<()> {
    let unrehearsed = |key: &str| format!("CodeBuild supports {key}, but a rehearsal does not");
    if let Some(at) = &document.run_as {
        bail!(place.refuse(at, unrehearsed("run-as")));
    }
    if let Some(at) = &document.proxy {
        bail!(place.refuse(at, unrehearsed("proxy")));
    }
    if let Some(at) = &document.batch {
        bail!(place.refuse(at, unrehearsed("batch")));
    }
    if let Some(at) = &document.env.parameter_store {
        bail!(place.refuse(at, "env.parameter-store would put values into the build's environment: read them where they are needed"));
    }
    if let Some(at) = &document.env.secrets_manager {
        bail!(place.refuse(at, "env.secrets-manager would put secrets into the build's environment: read them where they are needed"));
    }
    match &document.env.git_credential_helper {
        Some(at) if at.value.0 => bail!(place.refuse(at, unrehearsed("env.git-credential-helper"))),
        _ => Ok(()),
    }
}

fn read_shell(place: &Place, shell: Option<&Spanned<String>>) -> Result<Shell> {
    let Some(shell) = shell else {
        return Ok(Shell::default());
    };
    match shell.value.as_str() {
        "bash" => Ok(Shell::Bash),
        "/bin/sh" | "sh" => Ok(Shell::Sh),
        other => bail!(place.refuse(
            shell,
            format!("env.shell is {other}: on Linux it is bash or /bin/sh")
        )),
    }
}

fn read_variables(
    place: &Place,
    variables: BTreeMap<String, Spanned<String>>,
) -> Result<BTreeMap<String, String>> {
    let mut read = BTreeMap::new();
    for (name, value) in variables {
        if !is_name(&name) {
            bail!(place.refuse(
                &value,
                format!("env.variables.{name} is not a variable name")
            ));
        }
        if name.starts_with("CODEBUILD_") {
            bail!(place.refuse(
                &value,
                format!("env.variables.{name}: CODEBUILD_… is reserved by CodeBuild")
            ));
        }
        read.insert(name, value.value);
    }
    Ok(read)
}

fn read_exported(place: &Place, exported: Vec<Spanned<String>>) -> Result<Vec<String>> {
    // "The combined size of all exported variables" aside, these never leave a build.
    const KEPT: [&str; 3] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ];
    let mut names = Vec::new();
    for name in exported {
        if !is_name(&name.value) || KEPT.contains(&name.value.as_str()) {
            bail!(place.refuse(
                &name,
                format!("env.exported-variables: {} cannot be exported", name.value)
            ));
        }
        names.push(name.value);
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn check_phase(place: &Place, name: &str, phase: Option<&Phase>) -> Result<()> {
    let Some(phase) = phase else { return Ok(()) };
    if let Some(at) = &phase.run_as {
        bail!(place.refuse(
            at,
            format!("CodeBuild supports phases.{name}.run-as, but a rehearsal does not")
        ));
    }
    if let Some(at) = &phase.on_failure
        && !["ABORT", "CONTINUE"].contains(&at.value.as_str())
    {
        let problem = if at.value.starts_with("RETRY") {
            "is supported by CodeBuild, but not by a rehearsal"
        } else {
            "is neither ABORT nor CONTINUE"
        };
        bail!(place.refuse(
            at,
            format!("phases.{name}.on-failure: {} {problem}", at.value)
        ));
    }
    if let Some(runtimes) = &phase.runtime_versions {
        if name != "install" {
            bail!(place.refuse(
                runtimes,
                format!(
                    "phases.{name}.runtime-versions: only the install phase can choose runtimes"
                )
            ));
        }
        if let Some(unknown) = runtimes
            .value
            .keys()
            .find(|runtime| !RUNTIMES.contains(&runtime.as_str()))
        {
            bail!(place.refuse(
                runtimes,
                format!(
                    "phases.{name}.runtime-versions.{unknown}: CodeBuild knows {}",
                    RUNTIMES.join(", ")
                )
            ));
        }
    }
    if phase.commands.is_empty() && phase.finally.is_empty() && phase.runtime_versions.is_none() {
        bail!("{}: phases.{name} has no commands", place.file);
    }
    Ok(())
}

fn check_report(place: &Place, name: &str, report: &Report) -> Result<()> {
    if report.files.is_empty() {
        bail!("{}: reports.{name}.files is empty", place.file);
    }
    match &report.file_format {
        Some(at) if !REPORT_FORMATS.contains(&at.value.as_str()) => bail!(place.refuse(
            at,
            format!(
                "reports.{name}.file-format: {} is not one of {}",
                at.value,
                REPORT_FORMATS.join(", ")
            ),
        )),
        _ => Ok(()),
    }
}

fn check_artifacts(file: &str, at: &str, artifacts: &Artifacts) -> Result<()> {
    if artifacts.files.is_empty() && artifacts.secondary_artifacts.is_empty() {
        bail!("{file}: {at}.files is missing");
    }
    for pattern in artifacts.files.iter().chain(&artifacts.exclude_paths) {
        if let Err(error) = glob::Pattern::new(pattern) {
            bail!("{file}: {at}: {pattern:?}: {error}");
        }
    }
    for (name, secondary) in &artifacts.secondary_artifacts {
        let at = format!("{at}.secondary-artifacts.{name}");
        if !secondary.secondary_artifacts.is_empty() {
            bail!("{file}: {at}: secondary artifacts cannot have secondary artifacts");
        }
        check_artifacts(file, &at, secondary)?;
    }
    Ok(())
}
