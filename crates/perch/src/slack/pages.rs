//! Pages of a method's answers, by cursor or by number.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, Error, WebClient, read};

/// Items a page when the call does not say: what Slack recommends at most.
const LIMIT: u16 = 200;

/// The pages of a method, one call each; see [`WebClient::pages`].
///
/// A page may be empty with more after it, as Slack filters after it has cut the pages.
pub struct Pages<T> {
    client: WebClient,
    call: Call,
    done: bool,
    page: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(super) fn new(client: WebClient, mut call: Call) -> Pages<T> {
        // Without a limit some methods answer with everything at once, or refuse to.
        call.arguments
            .entry("limit")
            .or_insert_with(|| LIMIT.into());
        Pages {
            client,
            call,
            done: false,
            page: PhantomData,
        }
    }

    /// The next page, or `None` after the last. After an error the same page can be asked for again.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        if self.done {
            return Ok(None);
        }
        let answer = self.client.send(&self.call).await?;
        let page = read(&self.call.method, &answer)?;
        let (cursor, number) = next(&answer);
        if let Some(number) = number.filter(|_| cursor.is_empty()) {
            self.call.arguments.insert("page".to_owned(), number.into());
            return Ok(Some(page));
        }
        self.done = cursor.is_empty();
        let cursor = Value::String(cursor);
        if self.call.arguments.get("cursor") == Some(&cursor) && !self.done {
            // The same page for ever.
            return Err(Error::Unreadable {
                method: self.call.method.clone(),
                reason: "the next cursor is the one that was sent".to_owned(),
            });
        }
        self.call.arguments.insert("cursor".to_owned(), cursor);
        Ok(Some(page))
    }
}

/// The cursor of the next page, empty after the last, or its number where the method counts its pages.
fn next(answer: &[u8]) -> (String, Option<u64>) {
    #[derive(Default, Deserialize)]
    struct Answer {
        response_metadata: Option<Metadata>,
        paging: Option<Paging>,
        messages: Option<Holder>,
        files: Option<Holder>,
    }
    #[derive(Deserialize)]
    struct Metadata {
        next_cursor: Option<String>,
    }
    /// Searches have it with what they have found; in other answers these names are lists.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Holder {
        Found { paging: Option<Paging> },
        Other(serde::de::IgnoredAny),
    }
    #[derive(Deserialize)]
    struct Paging {
        page: u64,
        pages: u64,
    }
    let answer: Answer = serde_json::from_slice(answer).unwrap_or_default();
    let cursor = answer
        .response_metadata
        .and_then(|metadata| metadata.next_cursor);
    let found = |holder: Option<Holder>| match holder {
        Some(Holder::Found { paging }) => paging,
        _ => None,
    };
    let paging = answer
        .paging
        .or_else(|| found(answer.messages))
        .or_else(|| found(answer.files));
    let next = paging
        .filter(|paging| paging.page < paging.pages)
        .map(|paging| paging.page + 1);
    (cursor.unwrap_or_default(), next)
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("method", &self.call.method)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
