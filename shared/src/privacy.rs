//! Masking.
/// Masks.
pub fn mask(text: &str) -> std::borrow::Cow<'_, str> { std::borrow::Cow::Borrowed(text) }
