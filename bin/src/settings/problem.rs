use std::fmt;

/// Something wrong with a setting, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub name: String,
    /// As it was written; `***` for secrets.
    pub value: String,
    pub what: String,
    pub remedy: String,
}

impl Problem {
    pub fn new(
        name: impl Into<String>,
        value: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), value: value.into(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}\n    problem: {}\n    remedy:  {}", self.name, self.value, self.what, self.remedy)
    }
}
