//! The fields of a form. Boxes of one name may be ticked together, which serde's forms cannot say.

use axum::extract::{FromRequest, Request};
use axum::response::Response;

/// What was filled in, without the spaces around it.
pub struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = axum::body::Bytes::from_request(request, state).await.unwrap_or_default();
        let fields = url::form_urlencoded::parse(&body);
        let trimmed = |(name, value): (_, std::borrow::Cow<str>)| {
            (std::borrow::Cow::into_owned(name), value.trim().to_owned())
        };
        Ok(Self(fields.map(trimmed).collect()))
    }
}

impl Fields {
    /// The first value of this name, or an empty one.
    pub fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The value of a field that may be left empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(ToOwned::to_owned)
    }
}
