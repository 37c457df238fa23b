//! What Lambda hands over, read into what is needed of it: no tree of an event's values is built, and nothing that no one asks
//! for is kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// One event. Any JSON becomes one: what has another type than documented counts as missing, or as [`Leaf::Other`].
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    /// What Perch's own modules and functions send.
    pub(crate) perch: Option<Value>,
    pub(crate) body: Leaf,
    pub(crate) is_base64: Leaf,
    headers: Option<Headers>,
    request_context: Option<RequestContext>,
    /// Payload format 1.0 and load balancers have it at the top, and their headers elsewhere.
    has_http_method: bool,
}

impl Incoming {
    /// Whether API Gateway wrote it, in payload format 2.0.
    pub(crate) fn is_http(&self) -> bool {
        !self.has_http_method && (self.request_context.is_some() || self.headers.is_some())
    }

    /// The HTTP method; `None` in an event that API Gateway did not write.
    pub(crate) fn method(&self) -> Option<&str> {
        self.request_context.as_ref()?.http.method.text()
    }

    /// When API Gateway received the request, in milliseconds since 1970.
    pub(crate) fn received_ms(&self) -> Option<i64> {
        match self.request_context.as_ref()?.time_epoch {
            Leaf::Integer(time) => Some(time),
            _ => None,
        }
    }

    /// The texts under this name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().flat_map(|headers| &headers.0);
        headers
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| value.text())
    }
}

/// A value without parts.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Leaf {
    /// Missing, or null.
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    /// Anything else.
    Other,
}

impl Leaf {
    fn text(&self) -> Option<&str> {
        match self {
            Leaf::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Of the headers those that the kit looks at, by the names that came.
#[derive(Debug, Default)]
struct Headers(Vec<(String, Leaf)>);

#[derive(Debug, Default)]
struct RequestContext {
    http: Http,
    time_epoch: Leaf,
}

#[derive(Debug, Default)]
struct Http {
    method: Leaf,
}

/// What is filled from an object's members. Of a name that comes twice the last counts, as in `serde_json`'s own values.
trait Members: Default {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<(), A::Error>;
}

impl Members for Incoming {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "perch" => self.perch = Some(members.next_value()?),
            "body" => self.body = members.next_value()?,
            "isBase64Encoded" => self.is_base64 = members.next_value()?,
            "headers" => self.headers = Some(members.next_value::<Object<Headers>>()?.0),
            "requestContext" => {
                self.request_context = Some(members.next_value::<Object<RequestContext>>()?.0);
            }
            _ => {
                self.has_http_method |= name == "httpMethod";
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl Members for Headers {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<(), A::Error> {
        const SLACKS: &[u8] = b"x-slack-";
        let bytes = name.as_bytes();
        let is_slacks = bytes
            .get(..SLACKS.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(SLACKS));
        if !is_slacks && !name.eq_ignore_ascii_case("content-type") {
            members.next_value::<IgnoredAny>()?;
            return Ok(());
        }
        let value = members.next_value()?;
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, earlier)) => *earlier = value,
            None => self.0.push((name.to_owned(), value)),
        }
        Ok(())
    }
}

impl Members for RequestContext {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "http" => self.http = members.next_value::<Object<Http>>()?.0,
            "timeEpoch" => self.time_epoch = members.next_value()?,
            _ => drop(members.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Members for Http {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        members: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "method" => self.method = members.next_value()?,
            _ => drop(members.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Incoming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Incoming, D::Error> {
        Object::deserialize(deserializer).map(|object| object.0)
    }
}

/// An object with these members, or none of them where another type stands.
struct Object<T>(T);

impl<'de, T: Members> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        let object = deserializer.deserialize_any(ObjectVisitor(PhantomData))?;
        Ok(Object(object))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

/// A member's name, which is copied only when it has escapes in it.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// The types that an [`ObjectVisitor`] takes for no members.
macro_rules! nothing {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E>(self, _: $type) -> Result<T, E> {
            Ok(T::default())
        })*
    };
}

impl<'de, T: Members> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(Name(name)) = members.next_key()? {
            object.member(&name, &mut members)?;
        }
        Ok(object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<T, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    nothing!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Leaf, D::Error> {
        deserializer.deserialize_any(LeafVisitor)
    }
}

struct LeafVisitor;

impl<'de> Visitor<'de> for LeafVisitor {
    type Value = Leaf;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Leaf, E> {
        Ok(Leaf::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Leaf, E> {
        Ok(Leaf::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Leaf, E> {
        Ok(Leaf::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Leaf, E> {
        Ok(i64::try_from(value).map_or(Leaf::Other, Leaf::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Leaf, E> {
        Ok(Leaf::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Leaf, E> {
        Ok(Leaf::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Leaf, E> {
        Ok(Leaf::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Leaf, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Leaf::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Leaf, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Leaf::Other)
    }
}
