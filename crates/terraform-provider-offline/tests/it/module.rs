//! The repository's Terraform, parsed: every folder below `terraform/` that holds `.tf` files.

use std::fs;
use std::path::{Path, PathBuf};

use hcl::Expression;
use hcl::eval::{Context, Evaluate};
use hcl::structure::{Block, Body};

/// One folder.
pub struct Module {
    pub folder: PathBuf,
    /// From the repository, as `terraform/modules/route`.
    pub path: String,
    pub files: Vec<File>,
}

/// One `.tf` file.
pub struct File {
    pub name: String,
    pub text: String,
    pub body: Body,
}

/// This repository.
pub fn repository() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    folder.canonicalize().expect("the repository")
}

/// All of the repository's, in the order of their paths.
pub fn all() -> Vec<Module> {
    let mut found = Vec::new();
    collect(&repository().join("terraform"), &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Module>) {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') {
            collect(&path, found);
        } else if name.ends_with(".tf") {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    if !files.is_empty() {
        let path = folder.strip_prefix(repository()).unwrap();
        found.push(Module::parse(folder, &path.to_string_lossy(), files));
    }
}

impl Module {
    /// From the names and texts of its files.
    pub fn parse(folder: &Path, path: &str, mut files: Vec<(String, String)>) -> Module {
        files.sort();
        let parsed = files.into_iter().map(|(name, text)| {
            let body = hcl::parse(&text).unwrap_or_else(|error| panic!("{path}/{name}: {error}"));
            File { name, text, body }
        });
        Module {
            folder: folder.to_owned(),
            path: path.to_owned(),
            files: parsed.collect(),
        }
    }

    /// Whether it is a helper of the tests.
    pub fn is_for_tests(&self) -> bool {
        self.path.split('/').any(|part| part == "tests")
    }

    /// Its blocks of one kind, as `variable`, in the order of files and lines.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        let blocks = self.files.iter().flat_map(|file| file.body.blocks());
        blocks.filter(move |block| block.identifier() == kind)
    }
}

/// A block's first label.
pub fn label(block: &Block) -> &str {
    block.labels().first().map_or("", |label| label.as_str())
}

/// A block's argument.
pub fn argument<'a>(block: &'a Block, name: &str) -> Option<&'a Expression> {
    let mut attributes = block.body().attributes();
    attributes
        .find(|attribute| attribute.key() == name)
        .map(|attribute| attribute.expr())
}

/// A text without references, as a description is.
pub fn text(expression: &Expression) -> String {
    match expression.evaluate(&Context::new()) {
        Ok(hcl::Value::String(text)) => text,
        other => panic!("{expression:?} is {other:?}, not a text"),
    }
}
