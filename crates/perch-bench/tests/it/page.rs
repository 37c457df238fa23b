//! What a run writes: sections of the page and plots.

use std::fs;

use perch_bench::report::table::MEASURES;
use perch_bench::report::{self, page, plot, setup::Setup};

use crate::figures::series;

const PAGE: &str = "Before\n\n<!-- bench:goals -->\nold\n<!-- /bench:goals -->\n\nafter\n";

#[test]
fn a_section_is_replaced_and_the_rest_is_left() {
    let once = page::replace(PAGE, "goals", "new\n").expect("a page");
    assert_eq!(
        once,
        "Before\n\n<!-- bench:goals -->\n\nnew\n\n<!-- /bench:goals -->\n\nafter\n"
    );
    assert_eq!(page::replace(&once, "goals", "new").expect("a page"), once);
}

#[test]
fn a_section_that_is_not_there_exactly_once_is_an_error() {
    let reversed = "<!-- /bench:goals -->\n<!-- bench:goals -->\n";
    for text in [
        "",
        reversed,
        &PAGE.replace("/bench", "bench"),
        &PAGE.repeat(2),
    ] {
        let error = page::replace(text, "goals", "new").expect_err("no such section");
        assert!(error.to_string().contains("goals"), "{error}");
    }
}

#[test]
fn a_run_writes_the_page_and_a_plot_for_each_measure() {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("docs")).expect("a folder");
    let file = root.path().join(report::PAGE);
    let sections = ["setup", "figures", "goals"]
        .map(|name| format!("<!-- bench:{name} -->\n<!-- /bench:{name} -->\n"));
    fs::write(&file, format!("# By hand\n\n{}", sections.concat())).expect("a page");
    let setup = Setup::new(
        vec!["on paper".to_owned()],
        vec![("Go".to_owned(), "no go".to_owned())],
    );
    report::write(root.path(), &setup, &series()).expect("written");
    let text = fs::read_to_string(&file).expect("the page");
    assert!(text.starts_with("# By hand\n"));
    assert!(
        text.contains("- on paper\n- Not measured: Go (no go).\n"),
        "{text}"
    );
    assert!(
        text.contains("| **Perch** |") && text.contains("| zip | 1.50 MB | 1.60 MB |"),
        "{text}"
    );
    for measure in MEASURES {
        let plot = root
            .path()
            .join(report::PLOTS)
            .join(format!("{}.svg", measure.name));
        assert!(plot.is_file(), "{}", plot.display());
    }
}

#[test]
fn the_projects_own_page_has_every_section_and_shows_every_plot() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut text = fs::read_to_string(format!("{root}/{}", report::PAGE)).expect("the page");
    for section in ["setup", "figures", "goals"] {
        text = page::replace(&text, section, "x").expect("a section");
    }
    for measure in MEASURES {
        assert!(
            text.contains(&format!("](performance/{}.svg)", measure.name)),
            "{}",
            measure.name
        );
    }
}

#[test]
fn a_plot_has_a_dot_for_each_bot_in_the_order_of_its_figures() {
    let [_, init, ..] = MEASURES;
    let mut all = series();
    all[2].title = "Go <& others>".to_owned();
    let svg = plot::svg(&init, &all);
    let dots: Vec<f64> = svg
        .split("cx=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect();
    assert!(dots.len() == 3 && dots.is_sorted(), "{dots:?}");
    assert!(svg.contains("<circle class=\"perch\"") && svg.contains("prefers-color-scheme: dark"));
    assert!(
        svg.contains("Go &lt;&amp; others>") && !svg.contains("NaN"),
        "{svg}"
    );
}

#[test]
fn a_plot_leaves_out_who_was_not_measured() {
    let [_, init, ..] = MEASURES;
    let mut all = series();
    all[1].init.clear();
    assert_eq!(plot::svg(&init, &all).matches("<circle").count(), 2);
    assert_eq!(plot::svg(&init, &[]).matches("<circle").count(), 0);
}
