//! A set of the values of one cron field.

/// Values 0 to 255 as bits: wide enough for years counted from 1970, and allocation-free, as a month's days are
/// worked out anew for each month that a search passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set([u64; 4]);

impl Set {
    pub(crate) fn insert(&mut self, value: u8) {
        self.0[usize::from(value / 64)] |= 1 << (value % 64);
    }

    pub(crate) fn contains(self, value: u8) -> bool {
        self.0[usize::from(value / 64)] & (1 << (value % 64)) != 0
    }

    /// The smallest member that is `from` or above.
    pub(crate) fn at_or_above(self, from: u8) -> Option<u8> {
        (from..=u8::MAX).find(|&value| self.contains(value))
    }

    /// The largest member that is `from` or below.
    pub(crate) fn at_or_below(self, from: u8) -> Option<u8> {
        (0..=from).rev().find(|&value| self.contains(value))
    }
}
