//! Setters of blocks and elements, by what they take.

/// What a setter makes of its argument.
macro_rules! value {
    (plain, $value:ident) => {
        plain($value)
    };
    (flag) => {
        Value::Bool(true)
    };
    (choice, $value:ident) => {
        Value::from($value)
    };
    (choices, $value:ident) => {
        $value
            .into_iter()
            .map(Value::from)
            .collect::<Vec<_>>()
            .into()
    };
    (list, $value:ident) => {
        $value
            .into_iter()
            .map(|one| one.into().into())
            .collect::<Vec<String>>()
            .into()
    };
    (json, $value:ident) => {
        Value::from($value)
    };
    (text, $value:ident) => {
        Value::String($value.into())
    };
}

/// A setter by what it takes.
macro_rules! setter {
    ($(#[$doc:meta])* $name:ident, $field:literal, flag) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self) -> Self {
            self.with($field, value!(flag))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, plain) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, text: impl Into<String>) -> Self {
            self.with($field, value!(plain, text))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, mrkdwn) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, text: impl Into<String>) -> Self {
            self.with($field, mrkdwn(text))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, text) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, text: impl Into<String>) -> Self {
            self.with($field, value!(text, text))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, choice) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, choice: Choice) -> Self {
            self.with($field, value!(choice, choice))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, choices) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, choices: impl IntoIterator<Item = Choice>) -> Self {
            let choices: Value = value!(choices, choices);
            self.with($field, choices)
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, list $id:ty) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name<I: Into<$id>>(self, ids: impl IntoIterator<Item = I>) -> Self {
            let ids = ids.into_iter().map(|id| String::from(id.into()));
            self.with($field, ids.collect::<Vec<_>>())
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, id $id:ty) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, id: impl Into<$id>) -> Self {
            self.with($field, String::from(id.into()))
        }
    };
    ($(#[$doc:meta])* $name:ident, $field:literal, value $kind:ty) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, value: $kind) -> Self {
            self.with($field, value!(json, value))
        }
    };
}
