//! Medians and quartiles.

use serde::Serialize;

/// What is said of a series of figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// A quarter is below.
    pub lower: f64,
    /// Half is below.
    pub median: f64,
    /// A quarter is above.
    pub upper: f64,
}

impl Summary {
    /// Of at least one figure; none of none.
    pub fn of(figures: &[f64]) -> Option<Summary> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Summary {
            lower: at(&sorted, 0.25)?,
            median: at(&sorted, 0.5)?,
            upper: at(&sorted, 0.75)?,
        })
    }

    /// Of what `figures` are to `others` in the same round; of the rounds that have both.
    pub fn of_ratios(figures: &[f64], others: &[f64]) -> Option<Summary> {
        let ratios: Vec<f64> = figures
            .iter()
            .zip(others)
            .filter(|(_, other)| **other > 0.0)
            .map(|(figure, other)| figure / other)
            .collect();
        Summary::of(&ratios)
    }
}

/// The figure at a share of a sorted list, between its two neighbours where it falls between them.
fn at(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "an index into a short list")]
    let place = last as f64 * share;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a short list"
    )]
    let below = place.floor() as usize;
    let lower = sorted.get(below)?;
    let upper = sorted.get((below + 1).min(last))?;
    Some(lower + (upper - lower) * place.fract())
}
