use super::{Reader, value};
use backstop_domain::{AcceptedProfiles, CodeProfile, profile::BadProfile};

const PREFIX: &str = "codes.profiles.";

pub(super) fn read(reader: &mut Reader) -> Option<AcceptedProfiles> {
    let mut own = Vec::new();
    for name in reader.own_names(PREFIX) {
        own.extend(read_own(reader, &name));
    }
    let known =
        |name: &str| own.iter().find(|p| p.name().as_str() == name).cloned().or_else(|| CodeProfile::by_name(name));
    let names: Vec<String> = CodeProfile::BUILT_IN
        .iter()
        .map(|name| (*name).to_owned())
        .chain(own.iter().map(|p| p.name().as_str().to_owned()))
        .collect();
    let unknown = |name: &str| format!("there is no profile {name:?}; take one of: {}", names.join(", "));
    let current = reader.take("codes.profile", |v| {
        let name = v.text()?;
        known(name).ok_or_else(|| unknown(name))
    });
    let others = reader.take("codes.accepted_profiles", |v| {
        v.list()?.iter().map(|name| known(name).ok_or_else(|| unknown(name))).collect::<Result<Vec<_>, String>>()
    });
    Some(AcceptedProfiles::new(current?, others?))
}

fn read_own(reader: &mut Reader, name: &str) -> Option<CodeProfile> {
    let field = |field: &str| format!("{PREFIX}{name}.{field}");
    if CodeProfile::by_name(name).is_some() {
        reader.problem(&field("alphabet"), format!("{name:?} is built in"), "take another name");
        return None;
    }
    let mut missing = false;
    for required in ["alphabet", "groups", "group_length"] {
        if !reader.everything.contains_key(&field(required)) {
            reader.problem(&field(required), format!("the profile {name:?} lacks it"), "set it, or remove the profile");
            missing = true;
        }
    }
    let alphabet = reader.take_optional(&field("alphabet"), |v| v.text().map(str::to_owned));
    let groups = reader.take_optional(&field("groups"), value::number(1, 128));
    let group_length = reader.take_optional(&field("group_length"), value::number(1, 128));
    let separator = match reader.everything.get(&field("separator")) {
        None => Some('-'),
        Some(_) => reader.take_optional(&field("separator"), |v| {
            let value::Value::Text(text) = v else { return Err("write one character".into()) };
            let mut characters = text.chars();
            characters.next().filter(|_| characters.next().is_none()).ok_or_else(|| "write one character".to_owned())
        }),
    };
    if missing {
        return None;
    }
    match CodeProfile::custom(name, &alphabet?, groups? as usize, group_length? as usize, separator?) {
        Ok(profile) => Some(profile),
        Err(bad) => {
            let (at, remedy) = match bad {
                BadProfile::Separator(_) => ("separator", "take one of - _ : / + * or a space"),
                BadProfile::SeparatorInAlphabet(_) => ("separator", "take one that is not in the alphabet"),
                BadProfile::Size => ("groups", "take fewer or shorter groups"),
                BadProfile::Weak(_) => ("groups", "take more groups, longer groups or a larger alphabet"),
                BadProfile::Name => ("alphabet", "name the profile with 1 to 32 of a-z, 0-9, - and _"),
                BadProfile::Repeated(_) | BadProfile::TinyAlphabet | BadProfile::ForeignInAlphabet(_) => {
                    ("alphabet", "take letters and digits, each once, at least two")
                }
            };
            reader.problem(&field(at), bad.to_string(), remedy);
            None
        }
    }
}
