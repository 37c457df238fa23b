//! A build as CodeBuild runs it: the project of the state, the buildspec of the source, a clean folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::archive;
use crate::buildspec::{Artifacts, Buildspec, OnFailure, Phase};
use crate::declared::Project;
use crate::pipeline::BuildImage;
use crate::shell::{self, Shell};

/// What to build, where, and from what.
pub(crate) struct Build<'a> {
    pub(crate) project: &'a Project,
    /// A UUID.
    pub(crate) id: String,
    /// `codepipeline/<pipeline>`.
    pub(crate) initiator: String,
    /// The commit.
    pub(crate) revision: String,
    /// What it runs in.
    pub(crate) image: BuildImage,
    /// Where the pipeline keeps its artifacts: `<ARN of the bucket>/<name of the pipeline>`.
    pub(crate) artifacts: Option<String>,
    /// `EnvironmentVariables` of the pipeline's action.
    pub(crate) overrides: BTreeMap<String, String>,
    /// Artifacts with their zips; the first is the primary source.
    pub(crate) inputs: Vec<(String, PathBuf)>,
    pub(crate) outputs: Vec<(String, PathBuf)>,
    /// A folder of the build's own, which does not exist yet.
    pub(crate) folder: PathBuf,
    /// The folder of the project's sources: the same for each of its builds, so that cargo takes what it finds there for the
    /// crates that it has compiled. What an earlier build left in it is removed.
    pub(crate) sources: PathBuf,
    /// Where cached paths of the project are kept.
    pub(crate) cache: PathBuf,
}

/// What came of a build.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// In order, those that were run.
    pub(crate) phases: Vec<PhaseResult>,
    /// The buildspec's `exported-variables` with their values at the end.
    pub(crate) exported: BTreeMap<String, String>,
    pub(crate) log: PathBuf,
}

/// How a phase ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseResult {
    /// CodeBuild's name, such as `PRE_BUILD`.
    pub phase: &'static str,
    /// Why it failed.
    pub error: Option<String>,
}

impl fmt::Display for PhaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(f, "{} failed: {error}", self.phase),
            None => write!(f, "{} succeeded", self.phase),
        }
    }
}

impl Built {
    /// Why the build failed.
    pub(crate) fn error(&self) -> Option<String> {
        let failed = self.phases.iter().find(|phase| phase.error.is_some());
        failed.map(ToString::to_string)
    }
}

impl Build<'_> {
    /// Where its commands write.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    /// Runs it to its end. What goes wrong within the build is told by its phases.
    ///
    /// # Errors
    /// What has nothing to do with the build, such as a folder that cannot be written.
    pub(crate) async fn run(self) -> Result<Built> {
        let folder = &self.folder;
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
        let mut built = Built {
            phases: Vec::new(),
            exported: BTreeMap::new(),
            log: self.log(),
        };
        match self.download().and_then(|()| self.read_buildspec()) {
            Ok(buildspec) => {
                built.pass("DOWNLOAD_SOURCE", Ok(()))?;
                let limit = Duration::from_secs(self.project.timeout * 60);
                match tokio::time::timeout(limit, self.run_phases(&buildspec, &mut built)).await {
                    Ok(done) => done?,
                    Err(_) => {
                        let error = format!(
                            "the project's timeout of {} minutes has passed",
                            self.project.timeout
                        );
                        built.pass("BUILD_TIMED_OUT", Err(anyhow!(error)))?;
                    }
                }
            }
            Err(error) => built.pass("DOWNLOAD_SOURCE", Err(error))?,
        }
        Ok(built)
    }

    /// Each input artifact in a folder of its own.
    fn download(&self) -> Result<()> {
        if self.sources.exists() {
            fs::remove_dir_all(&self.sources)
                .with_context(|| format!("{} cannot be removed", self.sources.display()))?;
        }
        for (index, (name, zip)) in self.inputs.iter().enumerate() {
            self.may("s3:GetObject", name, zip)?;
            archive::unpack(zip, &self.source(index))?;
        }
        self.restore_cache()
    }

    /// Whether the project's role may read or write an artifact, as CodeBuild does for the build.
    fn may(&self, action: &str, artifact: &str, zip: &Path) -> Result<()> {
        let (Some(judge), Some(artifacts)) = (&self.image.judge, &self.artifacts) else {
            return Ok(());
        };
        let key = zip.file_name().unwrap_or_default().to_string_lossy();
        let object = format!("{artifacts}/{artifact}/{key}");
        let decision = judge.may(action, &object, &[]);
        decision.map_err(|refusal| anyhow!("CLIENT_ERROR: AccessDenied: {refusal}"))
    }

    /// `src` for the primary source, `src01`, … for the others.
    fn source(&self, index: usize) -> PathBuf {
        let name = if index == 0 {
            "src".to_owned()
        } else {
            format!("src{index:02}")
        };
        self.sources.join(name)
    }

    fn read_buildspec(&self) -> Result<Buildspec> {
        let named = &self.project.buildspec;
        if named.contains('\n') {
            return Buildspec::parse(
                &format!("buildspec of project {}", self.project.name),
                named,
            );
        }
        let text = fs::read_to_string(self.source(0).join(named))
            .with_context(|| format!("YAML_FILE_ERROR: {named} is not in the source"))?;
        Buildspec::parse(named, &text).context("YAML_FILE_ERROR")
    }

    /// From the weakest to the strongest: the image, the buildspec, the project, the action; then CodeBuild's own.
    fn environment(&self, buildspec: &Buildspec) -> BTreeMap<String, String> {
        let mut environment = self.image.environment.clone();
        environment.extend(buildspec.variables.clone());
        environment.extend(self.project.environment.clone());
        environment.extend(self.overrides.clone());
        let region = self.project.arn.split(':').nth(3).unwrap_or_default();
        let account_part = self.project.arn.replace(":project/", ":build/");
        let started = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let own = [
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_REGION", region.to_owned()),
            ("CODEBUILD_BUILD_ARN", format!("{account_part}:{}", self.id)),
            (
                "CODEBUILD_BUILD_ID",
                format!("{}:{}", self.project.name, self.id),
            ),
            ("CODEBUILD_BUILD_IMAGE", self.project.image.clone()),
            ("CODEBUILD_BUILD_SUCCEEDING", "1".to_owned()),
            ("CODEBUILD_INITIATOR", self.initiator.clone()),
            ("CODEBUILD_LOG_PATH", self.id.clone()),
            ("CODEBUILD_RESOLVED_SOURCE_VERSION", self.revision.clone()),
            ("CODEBUILD_SRC_DIR", self.source(0).display().to_string()),
            ("CODEBUILD_START_TIME", started.as_millis().to_string()),
        ];
        environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
        for (index, (artifact, _)) in self.inputs.iter().enumerate().skip(1) {
            let name = format!("CODEBUILD_SRC_DIR_{artifact}");
            environment.insert(name, self.source(index).display().to_string());
        }
        environment
    }

    async fn run_phases(&self, buildspec: &Buildspec, built: &mut Built) -> Result<()> {
        let mut shell = Shell::new(
            buildspec.shell.program(),
            self.environment(buildspec),
            &self.source(0),
            &self.folder.join("session"),
            &built.log,
        )?;
        let phases = [
            ("INSTALL", &buildspec.install),
            ("PRE_BUILD", &buildspec.pre_build),
            ("BUILD", &buildspec.build),
            ("POST_BUILD", &buildspec.post_build),
        ];
        // "Build phase transitions": artifacts are attempted after a failed build, not after a build that never began.
        let mut uploads = true;
        for (name, phase) in phases {
            let result = run_phase(&mut shell, phase).await?;
            let failed = result.is_err();
            built.pass(name, result)?;
            if !failed {
                continue;
            }
            shell.set("CODEBUILD_BUILD_SUCCEEDING", "0").await?;
            let goes_on = match phase.on_failure() {
                Some(OnFailure::Continue) => true,
                Some(OnFailure::Abort) => false,
                None => name == "BUILD" || name == "POST_BUILD",
            };
            if !goes_on {
                uploads = false;
                break;
            }
        }
        for name in &buildspec.exported {
            if let Some(value) = shell.environment().get(name) {
                built.exported.insert(name.clone(), value.clone());
            }
        }
        // Ends what the commands left running, before files are read.
        drop(shell);
        self.collect_reports(buildspec, &built.log)?;
        if uploads {
            built.pass("UPLOAD_ARTIFACTS", self.upload(buildspec))?;
            self.save_cache(buildspec)?;
        }
        Ok(())
    }

    fn upload(&self, buildspec: &Buildspec) -> Result<()> {
        if self.outputs.is_empty() {
            return Ok(());
        }
        let names = || {
            self.outputs
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let Some(artifacts) = &buildspec.artifacts else {
            bail!(
                "the action has the output {}, but the buildspec has no artifacts",
                names()
            );
        };
        if let [(name, zip)] = &self.outputs[..] {
            let artifacts = artifacts.secondary_artifacts.get(name).unwrap_or(artifacts);
            return self.pack(name, artifacts, zip);
        }
        for (name, zip) in &self.outputs {
            let Some(artifacts) = artifacts.secondary_artifacts.get(name) else {
                bail!(
                    "the action has the output {}, but artifacts.secondary-artifacts has no {name}",
                    names()
                );
            };
            self.pack(name, artifacts, zip)?;
        }
        Ok(())
    }

    fn pack(&self, name: &str, artifacts: &Artifacts, zip: &Path) -> Result<()> {
        self.may("s3:PutObject", name, zip)?;
        let base = self
            .source(0)
            .join(artifacts.base_directory.as_deref().unwrap_or("."));
        let found = archive::find(
            &clean(&base),
            &artifacts.files,
            &artifacts.exclude_paths,
            artifacts.discard_paths.0,
            artifacts.enable_symlinks.0,
        )?;
        if found.is_empty() {
            bail!(
                "CLIENT_ERROR: no matching artifact paths found for {name}: {}",
                artifacts.files.join(", ")
            );
        }
        archive::pack(&found, zip)
    }

    /// Where CodeBuild would read test reports; a report without files is told in the log and fails nothing.
    fn collect_reports(&self, buildspec: &Buildspec, log: &Path) -> Result<()> {
        for (name, report) in &buildspec.reports {
            let base = self
                .source(0)
                .join(report.base_directory.as_deref().unwrap_or("."));
            let found = archive::find(
                &clean(&base),
                &report.files,
                &[],
                report.discard_paths.0,
                false,
            )?;
            let mut log = shell::append(log)?;
            writeln!(log, "[Container] Report {name}: {} files", found.len())?;
            for file in found {
                let to = self.folder.join("reports").join(name).join(&file.name);
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::copy(&file.path, &to)
                    .with_context(|| format!("{} cannot be written", to.display()))?;
            }
        }
        Ok(())
    }

    fn restore_cache(&self) -> Result<()> {
        let kept = self.cache.join("cache.zip");
        if self.project.cached && kept.is_file() {
            archive::unpack(&kept, &self.source(0))?;
        }
        Ok(())
    }

    /// Paths in the source. What is outside of it belongs to the machine, which keeps it anyway.
    fn save_cache(&self, buildspec: &Buildspec) -> Result<()> {
        let within = |path: &&String| {
            !path.starts_with('/') && !path.starts_with('~') && !path.starts_with('$')
        };
        let paths: Vec<String> = buildspec.cache.iter().filter(within).cloned().collect();
        if !self.project.cached || paths.is_empty() {
            return Ok(());
        }
        let found = archive::find(&self.source(0), &paths, &[], false, true)?;
        archive::pack(&found, &self.cache.join("cache.zip"))
    }
}

impl Built {
    /// Notes how a phase ended, in the log as well.
    fn pass(&mut self, phase: &'static str, result: Result<()>) -> Result<()> {
        let error = result.err().map(|error| format!("{error:#}"));
        let ended = PhaseResult { phase, error };
        let mut log = shell::append(&self.log)?;
        writeln!(log, "[Container] Phase complete: {ended}")?;
        self.phases.push(ended);
        Ok(())
    }
}

/// The phase's commands up to the first that fails, then all of `finally`.
async fn run_phase(shell: &mut Shell, phase: &Phase) -> Result<Result<()>> {
    let mut result = Ok(());
    for command in &phase.commands {
        let status = shell.run(command).await?;
        if status != 0 {
            result = Err(command_failed(command, status));
            break;
        }
    }
    for command in &phase.finally {
        let status = shell.run(command).await?;
        if status != 0 && result.is_ok() {
            result = Err(command_failed(command, status));
        }
    }
    Ok(result)
}

/// CodeBuild's words.
fn command_failed(command: &str, status: i32) -> anyhow::Error {
    anyhow!(
        "COMMAND_EXECUTION_ERROR: Error while executing command: {command}. Reason: exit status {status}"
    )
}

/// Without `.` in the middle, so that names below it are relative to it.
fn clean(path: &Path) -> PathBuf {
    path.components().collect()
}
