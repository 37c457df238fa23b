//! What the table is made of.

/// Where blocks are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A message, an ephemeral one, an attachment.
    Message,
    /// A modal.
    Modal,
    /// An App Home.
    Home,
}

/// A block, an element or another object of Block Kit.
#[derive(Debug)]
pub struct Shape {
    /// Its `type`; empty for objects that have none, such as an option.
    pub name: &'static str,
    /// Where it may stand: in a message, a modal, an App Home.
    pub surfaces: [bool; 3],
    /// Its properties; `type`, `block_id` and `action_id` among them.
    pub properties: &'static [Property],
    /// Of each of these lists it has at least one.
    pub any_of: &'static [&'static [&'static str]],
    /// Of each of these lists it has exactly one.
    pub one_of: &'static [&'static [&'static str]],
    /// How an element carries what was entered or chosen.
    pub value: Option<Value>,
    /// Whether sources differ on it: nothing that is said of it is certain.
    pub unsure: bool,
}

/// A property of a [`Shape`].
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there, and whether that is certain.
    pub required: Required,
    /// What it may be.
    pub rule: Rule,
    /// Whether sources differ on the rule.
    pub unsure: bool,
}

/// Whether a property must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// It must.
    Yes,
    /// It may be left out.
    No,
    /// Sources differ.
    Unsure,
}

/// What a property may be. Lengths are in characters, as Unicode scalar values.
#[derive(Debug)]
pub enum Rule {
    /// A text of these lengths.
    String(usize, usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A text of this form.
    Form(Form),
    /// A whole number from one to the other.
    Integer(i64, i64),
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A text object of one of these types, whose text has these lengths.
    Text(&'static [&'static Shape], usize, usize),
    /// An object of one of these shapes.
    Object(&'static [&'static Shape]),
    /// A list of objects of these shapes, so many of them; the texts among them have at most the last number of
    /// characters.
    List(&'static [&'static Shape], usize, usize, usize),
    /// A list of texts: so many, and one of these if any are given.
    Strings(usize, usize, &'static [&'static str]),
    /// A list of lists of these shapes: so many rows, so many cells in each.
    Rows(&'static [&'static Shape], [usize; 2], [usize; 2]),
    /// A list of blocks, so many.
    Blocks(usize, usize),
    /// An option that is among `options` or `option_groups` beside it.
    Initial(&'static [&'static Shape]),
    /// Options that are among `options` or `option_groups` beside it.
    Initials(&'static [&'static Shape]),
    /// Anything.
    Any,
}

/// Forms of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `2026-01-05`.
    Date,
    /// `09:30`.
    Time,
    /// A number in decimal notation.
    Number,
}

/// How an element carries what was entered or chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The property that it begins with; empty when it begins empty.
    pub initial: &'static str,
    /// The field of `state.values.<block_id>.<action_id>`; empty for one that has no state, such as a button.
    pub state: &'static str,
    /// The field of `actions[]` in a click; empty where the element sends none.
    pub action: &'static str,
    /// Whether it carries several.
    pub is_list: bool,
}
