//! Every limit of the table: what is at it is taken, and one past it is refused where it stands.

use perch_blocks::{Certainty, Surface, cases, check_blocks};
use serde_json::Value;

/// Pointers of what is certainly refused.
fn refused(surface: Surface, blocks: &Value) -> Vec<String> {
    let problems = check_blocks(surface, blocks, "/blocks").into_iter();
    let certain = problems.filter(|problem| problem.certainty == Certainty::Certain);
    certain.map(|problem| problem.to_string()).collect()
}

#[test]
fn every_limit_is_taken_at_its_value_and_refused_one_past_it() {
    for surface in [Surface::Message, Surface::Modal, Surface::Home] {
        let cases = cases::cases(&[surface]);
        for case in &cases {
            let (place, refused) = (&case.place, refused(surface, &case.blocks));
            let there = format!("json-pointer:{place}");
            let is_there = refused.iter().any(|problem| problem.contains(&there));
            let is_right = if case.is_refused {
                is_there
            } else {
                refused.is_empty()
            };
            assert!(is_right, "{place}: {refused:?} of {}", case.blocks);
        }
        let tried = cases.iter().filter(|case| case.is_refused).count();
        assert!(tried > 300, "{surface:?}: {tried} limits");
    }
}

#[test]
fn a_block_stands_only_where_it_may() {
    for case in cases::places() {
        let refused = refused(case.surface, &case.blocks);
        assert_eq!(
            refused.is_empty(),
            !case.is_refused,
            "{} {:?}: {refused:?}",
            case.blocks,
            case.surface
        );
    }
}

#[test]
fn over_all_surfaces_each_shape_is_tried_once() {
    let surfaces = [Surface::Message, Surface::Modal, Surface::Home];
    let all = cases::cases(&surfaces);
    let alone: usize = surfaces
        .map(|surface| cases::cases(&[surface]).len())
        .iter()
        .sum();
    assert!(all.len() < alone / 2, "{} of {alone}", all.len());
    for surface in [Surface::Message, Surface::Modal] {
        assert!(
            all.iter().any(|case| case.surface == surface),
            "{surface:?}"
        );
    }
}
