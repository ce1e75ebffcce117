//! The configuration reference, made from the table of settings so that it can't go stale.

use super::{
    sources::spelled,
    table::{ENTRIES, Entry, PATTERNS},
    value::Source,
};
use std::{collections::HashSet, fmt::Write as _};

/// `docs/configuration.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Made by `just config-reference`; a test compares it with the program. -->\n\n\
         Backstop reads `backstop.toml` in the current folder, or the file named by `--config` or `BACKSTOP_CONFIG`, and\n\
         environment variables over it. Every setting has a default except the keys that production needs. Unknown names\n\
         are errors. `backstop check` prints every problem at once, each with its remedy.\n\n\
         Times are written as `90`, `90s`, `5m`, `1h` or `1d`; a plain number is seconds. Lists are TOML lists, or words\n\
         with commas between them in the environment. A secret may come from a file: set the same name with `_file`\n\
         (`BACKSTOP_DATABASE__URL_FILE=/run/secrets/database`).\n",
    );
    let entries: Vec<&Entry> = ENTRIES.iter().chain(PATTERNS.iter().map(|(entry, ..)| entry)).collect();
    let mut sections: Vec<&str> = entries.iter().map(|e| section(e)).collect();
    let mut seen = HashSet::new();
    sections.retain(|name| seen.insert(*name));
    for name in sections {
        let _ = write!(page, "\n## {name}\n");
        entries.iter().filter(|e| section(e) == name).for_each(|e| describe(&mut page, e));
    }
    page
}

fn section(entry: &Entry) -> &str {
    entry.name.split_once('.').map_or("general", |(section, _)| section)
}

fn describe(page: &mut String, entry: &Entry) {
    let variable = spelled(entry.name, &Source::Environment(String::new()));
    let default = match entry.default {
        "" => "none".to_owned(),
        default => format!("`{default}`"),
    };
    let secret = if entry.secret { " Secret." } else { "" };
    let _ = write!(
        page,
        "\n### `{}`\n\n{}{secret}\n\n- Takes: {}\n- Default: {default}\n- Environment: `{variable}`\n",
        entry.name, entry.about, entry.takes
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_reference_is_the_programs_own() {
        let published = include_str!("../../../docs/configuration.md");
        assert!(published == super::markdown(), "run `just config-reference`");
    }
}
