//! The README of each module and root lists its variables and outputs, between two markers, as its `.tf` files describe
//! them. `make docs` writes the lists (it runs this test with `UPDATE=1`); without that the test fails on a difference.

use std::fmt::Write;
use std::fs;

use hcl::Expression;
use hcl::format::{Format, Formatter};
use hcl::structure::Block;

use crate::module::{self, Module, argument, label, text};

const BEGIN: &str = "<!-- Written by `make docs` from variables.tf and outputs.tf: -->\n";
const END: &str = "<!-- end -->\n";
/// Longer types stand in lines of their own.
const WIDTH: usize = 100;

/// Modules that somebody calls, and roots that somebody applies: not what is inside of a module, and no test's helper.
fn documented() -> Vec<Module> {
    let mut modules = module::all();
    modules.retain(|module| {
        let parts: Vec<&str> = module.path.split('/').collect();
        matches!(
            parts[..],
            ["terraform", "modules" | "envs", _] | ["terraform", "pipeline"]
        )
    });
    modules
}

fn written(expression: &Expression) -> String {
    let mut bytes = Vec::new();
    let mut formatter = Formatter::builder().compact(true).build(&mut bytes);
    expression.format(&mut formatter).expect("an expression");
    String::from_utf8(bytes).expect("UTF-8")
}

/// A type in as few lines as fit.
fn wrapped(kind: &Expression, indent: &str) -> String {
    let short = written(kind);
    if indent.len() + short.len() <= WIDTH {
        return short;
    }
    match kind {
        Expression::FuncCall(call) => {
            let arguments = call.args.iter().map(|kind| wrapped(kind, indent));
            let arguments: Vec<String> = arguments.collect();
            format!("{}({})", call.name, arguments.join(", "))
        }
        Expression::Object(object) => {
            let inner = format!("{indent}  ");
            let keys: Vec<String> = object.keys().map(ToString::to_string).collect();
            let width = keys.iter().map(String::len).max().unwrap_or(0);
            let lines = keys
                .iter()
                .zip(object.values())
                .map(|(key, kind)| format!("{inner}{key:<width$} = {}\n", wrapped(kind, &inner)));
            format!("{{\n{}{indent}}}", lines.collect::<String>())
        }
        _ => short,
    }
}

fn described(block: &Block) -> String {
    let description = argument(block, "description").map(text);
    description
        .unwrap_or_else(|| panic!("{} {} has no description", block.identifier(), label(block)))
}

fn variable(block: &Block) -> String {
    let kind = argument(block, "type").expect("a type");
    let need = match argument(block, "default") {
        None => "required".to_owned(),
        Some(default) => format!("default `{}`", written(default)),
    };
    let wrapped = wrapped(kind, "");
    let kind = if wrapped.contains('\n') {
        format!("{need}\n\n```hcl\n{wrapped}\n```")
    } else {
        format!("`{wrapped}`, {need}")
    };
    format!(
        "### {}\n\n{kind}\n\n{}\n",
        label(block),
        described(block).trim_end()
    )
}

/// The lists of a module.
fn generated(module: &Module) -> String {
    let mut all = String::new();
    let mut variables: Vec<&Block> = module.blocks("variable").collect();
    variables.sort_by_key(|block| (argument(block, "default").is_some(), label(block)));
    let _ = writeln!(all, "\n## Variables\n");
    for block in variables {
        let _ = writeln!(all, "{}", variable(block));
    }
    let _ = writeln!(all, "## Outputs\n");
    let mut outputs: Vec<&Block> = module.blocks("output").collect();
    outputs.sort_by_key(|block| label(block));
    for block in outputs {
        let _ = writeln!(all, "- `{}`: {}", label(block), described(block).trim_end());
    }
    let _ = writeln!(all);
    all
}

/// A README with its list replaced. `None` without the two markers.
fn with_list(readme: &str, list: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{list}{END}{after}"))
}

#[test]
fn readmes_list_the_variables_and_outputs_that_there_are() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let modules = documented();
    assert!(modules.len() >= 8, "modules or roots are missing");
    let mut wrong = Vec::new();
    for module in modules {
        let path = module.folder.join("README.md");
        let readme = fs::read_to_string(&path).unwrap_or_default();
        match with_list(&readme, &generated(&module)) {
            None => wrong.push(format!(
                "{}/README.md lacks the markers\n{BEGIN}{END}",
                module.path
            )),
            Some(new) if new == readme => {}
            Some(new) if update => fs::write(&path, new).expect("the README"),
            Some(_) => wrong.push(format!(
                "{}/README.md is not what its .tf files say: run make docs",
                module.path
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_says_type_need_and_description() {
    let tf = r#"
variable "late" {
  type        = number
  description = "Seconds; 10 by default."
  default     = 10
}
variable "api" {
  type        = object({ id = string })
  description = <<-EOT
    The API:
    - `id`: its id.
  EOT
}
output "url" {
  description = "Where it is."
  value       = var.api.id
}
"#;
    let files = vec![("main.tf".to_owned(), tf.to_owned())];
    let module = Module::parse("/".as_ref(), "terraform/modules/one", files);
    let list = generated(&module);
    assert_eq!(
        list,
        "\n## Variables\n\n### api\n\n`object({ id = string })`, required\n\nThe API:\n- `id`: its id.\n\n\
         ### late\n\n`number`, default `10`\n\nSeconds; 10 by default.\n\n## Outputs\n\n- `url`: Where it is.\n\n"
    );
    let readme = format!("# One\n\n{BEGIN}old\n{END}\nThe end.\n");
    let expected = format!("# One\n\n{BEGIN}{list}{END}\nThe end.\n");
    assert_eq!(with_list(&readme, &list), Some(expected));
    assert_eq!(with_list("# One\n", &list), None);
}
