//! Pages that exist on the loopback interface alone: the outbox, and the role chooser.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{Markup, html};
use serde_json::Value;
use tocsin_console::{
    page::{Links, refuse, respond},
    rights::Role,
};
use tocsin_domain::minute;
use tocsin_shell::http::{Response, with_type};

use crate::outbox::Published;

/// What the console's pages lead to here.
pub(super) const LINKS: Links = &[("Outbox", "/local/outbox"), ("Role", "/local/role")];

/// The cookie that holds the chosen role.
pub(super) const ROLE: &str = "tocsin_role";
/// The cookie that holds the id of the agent whose own figures are shown.
pub(super) const AGENT: &str = "tocsin_agent";

/// What was published, as each protocol's reader would see it; the newest first.
pub(super) fn outbox(messages: &[Published]) -> Response {
    let body = html! {
        h1 { "Outbox" }
        p { "On AWS these go out through SNS. Here they are kept, and sent to nobody." }
        @if messages.is_empty() { p { "Nothing was published yet." } }
        @for message in messages { (published(message)) }
    };
    respond(LINKS, "Outbox", false, &body)
}

fn published(message: &Published) -> Markup {
    let at = minute::timestamp(message.at_ms.saturating_mul(1_000_000));
    let texts: Option<Value> = match message.structure.as_deref() {
        Some("json") => serde_json::from_str(&message.message).ok(),
        _ => None,
    };
    let text = |protocol: &str| Some(texts.as_ref()?.get(protocol)?.as_str()?.to_owned());
    let topic = message.topic.rsplit(':').next().unwrap_or_default();
    html! {
        section {
            h2 { (message.subject.as_deref().unwrap_or("No subject")) }
            p.details {
                time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S UTC")) } " · topic " (topic)
            }
            @match (text("sms"), room(message)) {
                (Some(sms), _) => { h3 { "SMS" } p.bubble { (sms) } },
                (None, Some(said)) => { h3 { "Chat" } (said) },
                (None, None) => { pre { (message.message) } },
            }
            @if let Some(email) = text("email") {
                details {
                    summary { "Email" }
                    p { "Subject: " (message.subject.as_deref().unwrap_or_default()) }
                    pre { (email) }
                }
            }
            @if let Some(body) = text("https") {
                details { summary { "HTTPS, SQS and Lambda" } pre { (indented(&body)) } }
            }
            details {
                summary { "Attributes, by which subscriptions filter" }
                dl { @for (name, value) in &message.attributes { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// A custom notification as Amazon Q Developer shows it in a room.
fn room(message: &Published) -> Option<Markup> {
    let own: Value = serde_json::from_str(&message.message).ok()?;
    let content = own.get("content").filter(|_| own["source"] == "custom")?;
    let text = |field: &str| content[field].as_str().unwrap_or_default();
    let listed = |field: &str| -> Vec<&str> {
        content[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    Some(html! {
        div.bubble {
            p { strong { (text("title")) } }
            @for line in text("description").lines() { p { (line) } }
            p { "Next steps" }
            ul { @for step in listed("nextSteps") { li { (step) } } }
            p.details { (listed("keywords").join(" · ")) }
        }
        details { summary { "As it is published" } pre { (indented(&message.message)) } }
    })
}

fn indented(json: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(json);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| json.to_owned())
}

/// As whom to look at the console.
pub(super) fn role(current: Role) -> Response {
    let body = html! {
        h1 { "Role" }
        p { "You see the console as " strong { (current.as_str()) } ". On AWS the role is a claim of your token." }
        form method="post" action="/local/role" {
            @for role in Role::ALL {
                p {
                    label {
                        input type="radio" name="role" value=(role.as_str()) checked[role == current];
                        " " (role.as_str())
                    }
                }
            }
            p { label { "Id of the agent, for the role agent: " input name="agent" maxlength="128"; } }
            button { "See it so" }
        }
    };
    respond(LINKS, "Role", false, &body)
}

/// Keeps the choice in cookies and leads back to the console.
pub(super) fn choose_role(form: &str, headers: &HeaderMap) -> Response {
    let wrong =
        |field, detail: &str| refuse(LINKS, headers, StatusCode::BAD_REQUEST, Some(field), detail);
    let field = |wanted: &str| {
        let mut fields = form_urlencoded::parse(form.as_bytes());
        fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let Some(role) = field("role").and_then(|role| Role::parse(&role)) else {
        let roles = Role::ALL.map(Role::as_str).join(", ");
        return wrong("role", &format!("use one of {roles}"));
    };
    let agent = field("agent").unwrap_or_default();
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'\\');
    if agent.len() > 128 || !agent.bytes().all(is_plain) {
        let detail = "want at most 128 letters, digits and signs but quotes, comma and semicolon";
        return wrong("agent", detail);
    }
    let mut response = with_type(StatusCode::SEE_OTHER, "text/plain", Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    for (name, value) in [(ROLE, role.as_str()), (AGENT, &agent)] {
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_in_cookies_and_nonsense_is_refused() {
        let chosen = choose_role("role=ai_lead&agent=", &HeaderMap::new());
        assert_eq!(chosen.status(), StatusCode::SEE_OTHER);
        let cookies: Vec<_> = chosen.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies[0], "tocsin_role=ai_lead; Path=/; HttpOnly; SameSite=Strict");
        for nonsense in ["", "role=root", "role=agent&agent=a%3Bb", "role=agent&agent=%0d%0a"] {
            let refused = choose_role(nonsense, &HeaderMap::new());
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{nonsense}");
        }
    }

    #[test]
    fn a_message_is_shown_for_each_protocol_and_escaped() {
        let message = Published {
            id: "1".to_owned(),
            at_ms: 0,
            topic: "arn:aws:sns:us-east-1:000000000000:page".to_owned(),
            subject: Some("<b>".to_owned()),
            message: r#"{"default":"d","sms":"short","email":"long","https":"{\"a\":1}"}"#
                .to_owned(),
            structure: Some("json".to_owned()),
            attributes: [("severity".to_owned(), "page".to_owned())].into(),
        };
        let page = String::from_utf8(outbox(&[message]).into_body().to_vec()).unwrap();
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
        for shown in ["short", "long", "topic page", "severity"] {
            assert!(page.contains(shown), "{shown}");
        }
    }

    #[test]
    fn a_room_sees_a_notification_with_its_next_steps_and_escaped() {
        let own = serde_json::json!({
            "version": "1.0", "source": "custom", "id": "1",
            "content": {
                "textType": "client-markdown", "title": "<i>", "description": "37 %\nExpected 6 %",
                "nextSteps": ["Roll back."], "keywords": ["page"],
            },
        });
        let message = Published {
            id: "1".to_owned(),
            at_ms: 0,
            topic: "arn:aws:sns:us-east-1:000000000000:chat".to_owned(),
            subject: None,
            message: own.to_string(),
            structure: None,
            attributes: [].into(),
        };
        let page = String::from_utf8(outbox(&[message]).into_body().to_vec()).unwrap();
        assert!(page.contains("<strong>&lt;i&gt;</strong>") && !page.contains("<i>"), "{page}");
        for shown in ["<h3>Chat</h3>", "<p>Expected 6 %</p>", "<li>Roll back.</li>"] {
            assert!(page.contains(shown), "{shown}");
        }
    }
}
