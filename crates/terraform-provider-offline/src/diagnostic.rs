//! What a provider tells the person: errors and warnings, each with the place in the configuration.

use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An attribute or block.
    Attribute(String),
    /// An element of a list.
    Index(usize),
}

/// A place in a resource's configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// A top-level attribute.
    pub fn root(name: &str) -> Path {
        Path(vec![Step::Attribute(name.to_owned())])
    }

    /// This place's attribute.
    pub fn attribute(&self, name: &str) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Attribute(name.to_owned()));
        Path(steps)
    }

    /// This place's element.
    pub fn index(&self, index: usize) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Path(steps)
    }
}

/// As the AWS provider's SDK writes it: `environment.0.variables`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            match step {
                Step::Attribute(name) => f.write_str(name)?,
                Step::Index(index) => write!(f, "{index}")?,
            }
        }
        Ok(())
    }
}

/// An error or a warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// A warning lets Terraform go on.
    pub warning: bool,
    /// One line.
    pub summary: String,
    /// More, or empty.
    pub detail: String,
    /// Where; empty for the resource as a whole.
    pub path: Path,
}

impl Diagnostic {
    /// An error about the resource as a whole.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            warning: false,
            summary: summary.into(),
            detail: detail.into(),
            path: Path::default(),
        }
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            warning: true,
            ..Diagnostic::error(summary, detail)
        }
    }

    /// The same at a place.
    pub fn at(self, path: Path) -> Diagnostic {
        Diagnostic { path, ..self }
    }
}
