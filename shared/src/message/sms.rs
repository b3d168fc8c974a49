//! Text messages of one part: 160 septets of the GSM 7-bit alphabet.

/// Septets of one part.
pub(super) const SEPTETS: usize = 160;

/// Letters beyond ASCII that take one septet.
const NATIONAL: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";

/// Headline, place, how many more, and link. Where they are too long the place is cut, then left out
/// with what is more, then the headline is cut; a link is whole or, where it does not fit at all, left
/// out.
pub(super) fn fit(head: &str, place: &str, more: &str, link: &str) -> String {
    let (head, place, more) = (to_gsm(head), to_gsm(place), to_gsm(more));
    // A link is left as it is, so one with other letters can not be sent.
    let link = if to_gsm(link) == link { link } else { "" };
    for link in [link, ""] {
        let tail = if link.is_empty() { String::new() } else { format!(" {link}") };
        let Some(room) = SEPTETS.checked_sub(length(&tail)) else { continue };
        let around = length(&head) + 1 + length(&more);
        if let Some(left) = room.checked_sub(around).filter(|left| *left >= 8) {
            return format!("{head} {}{more}{tail}", cut(&place, left));
        }
        if room >= 16 {
            return format!("{}{tail}", cut(&head, room));
        }
    }
    cut(&head, SEPTETS)
}

/// Septets that a character takes; `None` where the alphabet lacks it.
fn septets(c: char) -> Option<usize> {
    match c {
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '`' => None,
        ' '..='~' => Some(1),
        c if NATIONAL.contains(c) => Some(1),
        _ => None,
    }
}

/// Septets of a text of the alphabet.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(|c| septets(c).unwrap_or(2)).sum()
}

fn to_gsm(text: &str) -> String {
    let known = |c: char| if c.is_control() { ' ' } else { septets(c).map_or('?', |_| c) };
    text.chars().map(known).collect()
}

fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 3);
    for c in text.chars() {
        used += septets(c).unwrap_or(2);
        if used > most {
            break;
        }
        kept.push(c);
    }
    kept + "..."
}
