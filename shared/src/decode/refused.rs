//! What is refused is kept for an operator to look at, as free of people as what is taken.

use serde_json::{Map, Value};

use super::fields::known;
use crate::{
    id::PseudonymKey,
    privacy::{self, Known},
};

/// A refused event, with every string of it masked and every identifier hashed as [`super::decode`]
/// does, wherever in the event they stand.
pub fn masked_event(event: &Value, key: &PseudonymKey) -> Value {
    let Value::Object(attributes) = event else {
        return masked(event, key, &Known::default());
    };
    let empty = Map::new();
    let data = attributes.get("data").and_then(Value::as_object).unwrap_or(&empty);
    let known = known(data, attributes.get("subject").and_then(Value::as_str));
    let attributes = attributes.iter().map(|(name, value)| {
        let value = match value {
            // Platforms put an event's id together from its subject's.
            Value::String(text) if matches!(name.as_str(), "id" | "source") => {
                let names_somebody = known.occurs(text) || !privacy::find(text).is_empty();
                let kept = if names_somebody { key.replacement(text) } else { text.clone() };
                Value::String(kept)
            }
            // What came as the body of binary mode and is no JSON.
            Value::String(text) if name == "data" => {
                Value::String(privacy::mask_known(&plain(text), &known).into_owned())
            }
            other => field(name, other, key, &known),
        };
        (privacy::mask(name).into_owned(), value)
    });
    Value::Object(attributes.collect())
}

/// A refused body that is no JSON, masked as one text.
pub fn masked_text(text: &str) -> String {
    privacy::mask(&plain(text)).into_owned()
}

/// The text as people would read it. Escapes of JSON and of forms are read first: an address may be
/// written with them, and a name ends where one begins.
fn plain(text: &str) -> String {
    if is_form(text) {
        text.split('&').map(form_decoded).collect::<Vec<_>>().join("\n")
    } else {
        unescaped(text)
    }
}

/// Whether this looks like `name=value&name=value`, where spaces are written as `+`.
fn is_form(text: &str) -> bool {
    let is_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']');
    let name = text.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.chars().all(is_name))
        && !text.trim_end().contains(char::is_whitespace)
}

fn form_decoded(pair: &str) -> String {
    let mut bytes = Vec::with_capacity(pair.len());
    let mut rest = pair.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (first, code.and_then(|code| u8::from_str_radix(code, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn masked(value: &Value, key: &PseudonymKey, known: &Known) -> Value {
    match value {
        Value::String(text) => Value::String(privacy::mask_known(text, known).into_owned()),
        Value::Number(number) => {
            let text = number.to_string();
            let placeholder = privacy::mask(&text);
            if placeholder == text { value.clone() } else { Value::String(placeholder.into()) }
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| masked(item, key, known)).collect())
        }
        Value::Object(fields) => {
            let masked_field = |(name, value): (&String, &Value)| {
                (privacy::mask(name).into_owned(), field(name, value, key, known))
            };
            Value::Object(fields.iter().map(masked_field).collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// Words that `by` may hold; anything else there is a person.
const ACTORS: [&str; 5] = ["customer", "ai", "human", "system", "rule"];

fn field(name: &str, value: &Value, key: &PseudonymKey, known: &Known) -> Value {
    let sent = match value {
        Value::Null => return Value::Null,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Value::String(match name.to_ascii_lowercase().as_str() {
        "subject" | "previous_conversation" => key.conversation(&sent).to_string(),
        "customer" => key.customer(&sent).to_string(),
        "agent" | "from_agent" | "to_agent" => key.agent(&sent),
        "by" if !ACTORS.contains(&sent.as_str()) => key.agent(&sent),
        _ => return masked(value, key, known),
    })
}

/// The text with escapes of JSON read, pairs of surrogates too; one that names no character stays.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let (letter, len) = escaped(escape).unwrap_or(('\\', 1));
        plain.push(letter);
        rest = &escape[len..];
    }
    plain + rest
}

/// The character that the escape at the beginning names, and how long the escape is.
fn escaped(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { u16::from_str_radix(digits, 16).ok() } else { None }
    };
    let short = match text.as_bytes().get(1)? {
        b'n' | b'r' => Some('\n'),
        b't' | b'b' | b'f' => Some(' '),
        b'"' => Some('"'),
        b'\\' => Some('\\'),
        b'/' => Some('/'),
        _ => None,
    };
    if let Some(letter) = short {
        return Some((letter, 2));
    }
    let first = unit(text)?;
    let second = text.get(6..).and_then(unit);
    let units = std::iter::once(first).chain(second);
    let letter = char::decode_utf16(units).next()?.ok()?;
    Some((letter, 6 * letter.len_utf16()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::TenantId;

    fn key() -> PseudonymKey {
        PseudonymKey::derive(b"test", &TenantId::try_from("demo".to_owned()).unwrap(), 1)
    }

    #[test]
    fn a_refused_event_is_masked_and_hashed_as_one_that_is_taken() {
        let key = key();
        let event = json!({
            "id": "jane@example.com", "source": "/shop", "subject": "case 7", "type": 5,
            "customer": "misplaced",
            "data": {
                "customer": "c-4711", "agent": {"name": "bo"}, "by": "jane", "to_agent": null,
                "previous_conversation": "case 6", "tel": 4_111_111_111_111_111_i64, "n": 3,
                "jane@example.com": ["+1 415 555 2671", {"from_agent": "al"}],
            },
        });
        assert_eq!(
            masked_event(&event, &key),
            json!({
                "id": key.replacement("jane@example.com"), "source": "/shop",
                "subject": key.conversation("case 7").to_string(), "type": 5,
                "customer": key.customer("misplaced").to_string(),
                "data": {
                    "customer": key.customer("c-4711").to_string(),
                    "agent": key.agent(r#"{"name":"bo"}"#), "by": key.agent("jane"),
                    "to_agent": null,
                    "previous_conversation": key.conversation("case 6").to_string(),
                    "tel": "[card]", "n": 3,
                    "[email]": ["[phone]", {"from_agent": key.agent("al")}],
                },
            })
        );
        let word = json!({"data": {"by": "customer"}});
        assert_eq!(masked_event(&word, &key), word);
    }

    #[test]
    fn texts_of_a_refused_event_do_not_repeat_whom_it_names() {
        let event = json!({
            "id": "e1", "subject": "case-4711",
            "data": {
                "customer": "cust-0815", "customer_name": "Adaeze Okonkwo", "agent": "bo",
                "text": "Adaeze from CASE-4711 is cust-0815, says bo. Ms Okonkwo waits",
            },
        });
        assert_eq!(
            masked_event(&event, &key())["data"]["text"],
            "[name] from [identifier] is [identifier], says bo. Ms [name] waits"
        );
    }

    #[test]
    fn an_id_that_is_made_of_whom_the_event_names_is_hashed() {
        let key = key();
        let event = json!({"id": "case-4711msg1", "source": "/shop", "subject": "case-4711"});
        let masked = masked_event(&event, &key);
        assert_eq!(masked["id"], json!(key.replacement("case-4711msg1")));
        assert_eq!(masked["source"], json!("/shop"));
    }

    #[test]
    fn data_that_is_no_object_is_masked_as_a_body_is() {
        let event = json!({"id": "a", "data": r#"{"t":"jo\u0040example.com""#});
        assert_eq!(masked_event(&event, &key())["data"], json!(r#"{"t":"[email]""#));
    }

    #[test]
    fn escapes_hide_nothing_from_the_mask() {
        for (text, expected) in [
            (r#"{"t":"jane\u0040example.com""#, r#"{"t":"[email]""#),
            (r#"{"t":"\u0034111111111111111""#, r#"{"t":"[card]""#),
            (r"\ud83d\ude00 jo@example.com \ud83d \u00", r"😀 [email] \ud83d \u00"),
            (r"\u+041 \ué", r"\u+041 \ué"),
            (
                r#"{"t":"\"hi\",\tmy name is Ada Wong\n","#,
                "{\"t\":\"\"hi\", my name is [name]\n\",",
            ),
            (r"a\\nb \/ \", r"a\nb / \"),
            (
                "body=my+name+is+Ada+Wong&from=jo%40example.com&n=%zz",
                "body=my name is [name]\nfrom=[email]\nn=%zz",
            ),
        ] {
            assert_eq!(masked_text(text), expected);
        }
    }
}
