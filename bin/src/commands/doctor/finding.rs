//! What the doctor says.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// It works, and somebody should look after it.
    Warning,
    /// Something does not work, or soon won't.
    Problem,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub part: &'static str,
    pub state: State,
    pub found: String,
    /// What to do, unless all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Everything that was found, in the order of looking.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn ok(&mut self, part: &'static str, found: impl Into<String>) {
        self.0.push(Finding { part, state: State::Ok, found: found.into(), remedy: None });
    }

    pub fn warn(&mut self, part: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { part, state: State::Warning, found: found.into(), remedy: Some(remedy.into()) });
    }

    pub fn problem(&mut self, part: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { part, state: State::Problem, found: found.into(), remedy: Some(remedy.into()) });
    }

    pub fn number(&self, state: State) -> usize {
        self.0.iter().filter(|finding| finding.state == state).count()
    }
}
