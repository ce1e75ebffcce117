//! Collects what was written in the file and in the environment under dotted names.

use super::{
    problem::Problem,
    table,
    value::{Source, Value},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

pub const PREFIX: &str = "BACKSTOP_";
/// Variables that are read elsewhere and are no settings.
const RESERVED: [&str; 2] = ["BACKSTOP_CONFIG", "BACKSTOP_FAULT_POINTS"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub value: Value,
    pub source: Source,
}

pub type Everything = BTreeMap<String, Written>;

/// The environment over the file, and the files that secrets are in.
pub fn collect(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) -> (Everything, Vec<PathBuf>) {
    let mut all = Everything::new();
    if let Some(path) = file {
        match fs::read_to_string(path) {
            Ok(text) => from_toml(&text, path, &mut all, problems),
            Err(error) => problems.push(Problem::new(
                "configuration file",
                path.display().to_string(),
                format!("can't be read: {error}"),
                "name a readable file with --config or BACKSTOP_CONFIG",
            )),
        }
    }
    from_environment(environment, &mut all);
    let mut files = read_secret_files(&mut all, problems);
    let holds_secrets = all.iter().any(|(name, written)| {
        table::is_secret(name) && matches!(written.source, Source::File(_)) && !files.iter().any(|(of, _)| of == name)
    });
    files.extend(file.filter(|_| holds_secrets).map(|path| (String::new(), path.to_owned())));
    (all, files.into_iter().map(|(_, path)| path).collect())
}

fn from_toml(text: &str, path: &Path, all: &mut Everything, problems: &mut Vec<Problem>) {
    match text.parse::<toml::Table>() {
        Ok(table) => flatten("", table, &Source::File(path.to_owned()), all),
        Err(error) => problems.push(Problem::new(
            "configuration file",
            path.display().to_string(),
            // The parser's own display quotes the line, which may hold a secret.
            format!("is not valid TOML: {}{}", error.message(), line_of(text, error.span())),
            "mend the file",
        )),
    }
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    span.and_then(|s| text.get(..s.start))
        .map(|before| format!(" in line {}", before.matches('\n').count() + 1))
        .unwrap_or_default()
}

fn flatten(under: &str, table: toml::Table, source: &Source, all: &mut Everything) {
    for (key, value) in table {
        let name = if under.is_empty() { key } else { format!("{under}.{key}") };
        let value = match value {
            toml::Value::Table(inner) => {
                flatten(&name, inner, source, all);
                continue;
            }
            toml::Value::String(text) => Value::Text(text),
            toml::Value::Integer(n) => Value::Text(n.to_string()),
            toml::Value::Boolean(b) => Value::Text(b.to_string()),
            toml::Value::Float(f) => Value::Text(f.to_string()),
            toml::Value::Datetime(_) => Value::Other("date"),
            toml::Value::Array(items) => list(items),
        };
        all.insert(name, Written { value, source: source.clone() });
    }
}

fn list(items: Vec<toml::Value>) -> Value {
    let texts: Option<Vec<String>> = items
        .into_iter()
        .map(|item| match item {
            toml::Value::String(text) => Some(text),
            toml::Value::Integer(n) => Some(n.to_string()),
            _ => None,
        })
        .collect();
    texts.map_or(Value::Other("list of tables or lists"), Value::List)
}

/// `NAME_file` stands for the content of a file, for every secret NAME. Tells which file each secret is in.
fn read_secret_files(all: &mut Everything, problems: &mut Vec<Problem>) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    let named: Vec<(String, String)> = all
        .keys()
        .filter_map(|name| Some((name.clone(), name.strip_suffix("_file")?.to_owned())))
        .filter(|(_, secret)| table::is_secret(secret))
        .collect();
    for (name, secret) in named {
        let Some(Written { value, source }) = all.remove(&name) else {
            continue;
        };
        let content = value
            .text()
            .and_then(|path| fs::read_to_string(path).map_err(|error| format!("the file can't be read: {error}")));
        match content {
            Ok(_) if all.contains_key(&secret) => problems.push(Problem::new(
                spelled(&name, &source),
                value.shown(),
                format!("{secret} is given as well, and only one of them can hold"),
                "remove one of the two",
            )),
            Ok(content) => {
                files.extend(value.text().ok().map(|path| (secret.clone(), PathBuf::from(path))));
                let value = Value::Text(content.trim_end_matches(['\r', '\n']).to_owned());
                all.insert(secret, Written { value, source });
            }
            Err(what) => problems.push(Problem::new(
                spelled(&name, &source),
                value.shown(),
                what,
                "name a file that the service may read",
            )),
        }
    }
    files
}

fn from_environment(variables: impl IntoIterator<Item = (String, String)>, all: &mut Everything) {
    for (variable, text) in variables {
        if RESERVED.contains(&variable.as_str()) {
            continue;
        }
        let Some(rest) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        let name = rest.to_lowercase().replace("__", ".");
        let value = Value::Text(text);
        all.insert(name, Written { value, source: Source::Environment(variable) });
    }
}

/// How a setting is called where this one was written.
pub fn spelled(name: &str, source: &Source) -> String {
    match source {
        Source::Environment(_) => format!("{PREFIX}{}", name.to_uppercase().replace('.', "__")),
        Source::File(_) | Source::BuiltIn => name.to_owned(),
    }
}
