//! `docs/guarantees.md`: each guarantee names the tests that show it, and those tests exist.

use crate::sources;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// The guarantees that name no test, and the tests named that don't exist.
pub fn offences(root: &Path) -> Result<Vec<String>> {
    let path = root.join("docs/guarantees.md");
    let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    let functions = sources::functions(root)?;
    let rows = rows(&text);
    let mut found = Vec::new();
    if rows.is_empty() {
        found.push("docs/guarantees.md has no table".to_owned());
    }
    for row in rows {
        let tests = tests_of(row);
        if tests.is_empty() {
            found.push(format!("no test is named in: {row}"));
        }
        for test in tests {
            let name = test.rsplit("::").next().unwrap_or(test);
            if !functions.contains(name) {
                found.push(format!("there is no test {test}"));
            }
        }
    }
    Ok(found)
}

/// The rows of the tables, without their heads and rules.
fn rows(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_rule = |line: &str| line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c));
    let is_head = |at: usize| lines.get(at + 1).is_some_and(|next| is_rule(next));
    let is_row = |at: &usize| lines[*at].starts_with('|') && !is_rule(lines[*at]) && !is_head(*at);
    (0..lines.len()).filter(is_row).map(|at| lines[at]).collect()
}

/// What stands between backticks in a row's last column.
fn tests_of(row: &str) -> Vec<&str> {
    let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    last.split('`').skip(1).step_by(2).collect()
}
