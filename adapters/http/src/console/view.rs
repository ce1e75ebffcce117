//! What pages of the console are made of: facts, tables and forms.

use super::Said;
use crate::site::{form::Form, times::TimeView, visit::Visit};
use backstop_application::lists::Owner;
use backstop_domain::Timestamp;
use std::fmt;
use uuid::Uuid;

/// What stands in a table or beside a fact.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Nothing,
    Text(String),
    /// An id, or another text that is read sign by sign.
    Typed(String),
    Link {
        to: String,
        text: String,
    },
    Time(TimeView),
    Badge {
        text: String,
        kind: &'static str,
    },
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(number: impl fmt::Display) -> Self {
        Self::Text(number.to_string())
    }

    pub(super) fn some(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    pub(super) fn link(to: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Link { to: to.into(), text: text.into() }
    }

    /// To what an id names.
    pub(super) fn to(list: &str, id: Uuid) -> Self {
        Self::Link { to: format!("{list}/{id}"), text: short(id) }
    }

    /// To whom something belongs; an id alone is of somebody who was erased.
    pub(super) fn owner(owner: Option<&Owner>, account: Option<Uuid>) -> Self {
        match (owner, account) {
            (Some(owner), _) => {
                let to = format!("{}/{}", super::ACCOUNTS, owner.account);
                Self::Link { to, text: owner.subject.as_str().to_owned() }
            }
            (None, Some(account)) => Self::Typed(short(account)),
            (None, None) => Self::Nothing,
        }
    }
}

/// The part of an id that tells it from others on a page. Those that are made at one time begin alike.
pub(super) fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    format!("…{}", &text[20..])
}

#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) cell: Cell,
}

/// Facts in the order in which they are told; what there is nothing of is left out.
#[derive(Default)]
pub(super) struct Facts(pub(super) Vec<Fact>);

impl Facts {
    #[must_use]
    pub(super) fn and(mut self, name: &'static str, cell: Cell) -> Self {
        if !matches!(cell, Cell::Nothing) {
            self.0.push(Fact { name, cell });
        }
        self
    }

    #[must_use]
    pub(super) fn time(self, visit: &Visit, name: &'static str, at: Option<Timestamp>) -> Self {
        self.and(name, time(visit, at))
    }
}

pub(super) fn time(visit: &Visit, at: Option<Timestamp>) -> Cell {
    at.map_or(Cell::Nothing, |at| Cell::Time(visit.teller().tell(at)))
}

/// The head of a column.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) text: &'static str,
    /// Where the list stands when it is sorted by this column, and how it is sorted now.
    pub(super) sort: Option<Sort>,
}

#[derive(Clone, Debug)]
pub(super) struct Sort {
    pub(super) to: String,
    /// As `aria-sort` has it, where the list is sorted by this column.
    pub(super) now: Option<&'static str>,
}

pub(super) fn heads(texts: &[&'static str]) -> Vec<Head> {
    texts.iter().map(|text| Head { text, sort: None }).collect()
}

#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// What is sent when the row is picked, and how the tick is called.
    pub(super) pick: Option<(String, String)>,
    /// A form of one button at the end of the row.
    pub(super) act: Option<RowAct>,
}

#[derive(Clone, Debug)]
pub(super) struct RowAct {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) act: &'static str,
    /// What the act is about.
    pub(super) which: String,
    pub(super) button: &'static str,
    /// What the button is called where rows are not seen.
    pub(super) about: String,
}

pub(super) struct Table {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) caption: String,
    pub(super) heads: Vec<Head>,
    pub(super) rows: Vec<Row>,
    pub(super) empty: &'static str,
    /// Buttons for the rows that are picked: the acts' names, their words, and where they are sent.
    pub(super) picking: Option<Picking>,
    /// To the list that has all of it.
    pub(super) more: Option<(String, &'static str)>,
}

impl Table {
    pub(super) fn new(id: &'static str, title: &'static str, heads: Vec<Head>, empty: &'static str) -> Self {
        Self { id, title, caption: String::new(), heads, rows: Vec::new(), empty, picking: None, more: None }
    }

    pub(super) fn is_acting(&self) -> bool {
        self.rows.iter().any(|row| row.act.is_some())
    }
}

pub(super) struct Picking {
    pub(super) to: String,
    pub(super) what: &'static str,
    pub(super) buttons: Vec<(&'static str, &'static str)>,
}

/// A form for one act.
pub(super) struct Act {
    /// What it is sent as; the form's id is this and `-form`.
    pub(super) name: &'static str,
    pub(super) to: String,
    pub(super) title: &'static str,
    pub(super) what: Option<String>,
    pub(super) fields: Vec<Field>,
    /// What is ticked before something is destroyed.
    pub(super) sure: Option<String>,
    pub(super) button: &'static str,
    pub(super) tone: ButtonTone,
    pub(super) open: bool,
    /// The tick was not set.
    pub(super) not_sure: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ButtonTone {
    Plain,
    Main,
    Loss,
}

impl fmt::Display for ButtonTone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain-act",
            Self::Main => "main",
            Self::Loss => "loss",
        })
    }
}

impl Act {
    pub(super) fn new(name: &'static str, to: impl Into<String>, title: &'static str, button: &'static str) -> Self {
        Self {
            name,
            to: to.into(),
            title,
            what: None,
            fields: Vec::new(),
            sure: None,
            button,
            tone: ButtonTone::Plain,
            open: false,
            not_sure: false,
        }
    }

    #[must_use]
    pub(super) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = Some(what.into());
        self
    }

    #[must_use]
    pub(super) fn asking(mut self, sure: impl Into<String>) -> Self {
        self.sure = Some(sure.into());
        self.tone = ButtonTone::Loss;
        self
    }

    #[must_use]
    pub(super) fn main(mut self) -> Self {
        self.tone = ButtonTone::Main;
        self
    }

    #[must_use]
    pub(super) fn fields(mut self, fields: Vec<Field>) -> Self {
        self.fields = fields;
        self
    }

    /// After something of it was wrong: open, with what was typed.
    pub(super) fn typed_again(&mut self, form: &Form, wrong: &[&str]) {
        self.open = true;
        self.not_sure = wrong.contains(&"sure");
        for field in &mut self.fields {
            field.type_again(form, wrong);
        }
    }
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<String>,
    pub(super) input: Input,
    pub(super) value: String,
    pub(super) wrong: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Input {
    /// Of a kind that browsers know, such as `email`.
    Line(&'static str),
    Lines,
    Choice(Vec<(String, String)>),
    /// Several of these, each ticked or not.
    Ticks(Vec<(String, String, bool)>),
    Tick,
    Hidden,
}

impl Field {
    pub(super) fn new(name: &'static str, label: &'static str, input: Input) -> Self {
        Self { name, label, hint: None, input, value: String::new(), wrong: false }
    }

    pub(super) fn line(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::new(name, label, Input::Line("text")) }
    }

    pub(super) fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::new(name, "", Input::Hidden) }
    }

    pub(super) fn tick(name: &'static str, label: &'static str, is_set: bool) -> Self {
        Self { value: if is_set { "yes" } else { "" }.to_owned(), ..Self::new(name, label, Input::Tick) }
    }

    pub(super) fn choice(
        name: &'static str,
        label: &'static str,
        choices: Vec<(String, String)>,
        value: impl Into<String>,
    ) -> Self {
        Self { value: value.into(), ..Self::new(name, label, Input::Choice(choices)) }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn is_ticked(&self) -> bool {
        self.value == "yes"
    }

    pub(super) fn type_again(&mut self, form: &Form, wrong: &[&str]) {
        self.wrong = wrong.contains(&self.name);
        match &mut self.input {
            Input::Hidden => {}
            Input::Ticks(ticks) => {
                for (value, _, set) in ticks {
                    *set = form.all(self.name).any(|sent| sent == value);
                }
            }
            _ => form.text(self.name).clone_into(&mut self.value),
        }
    }
}

/// Names as the page says them.
impl Said {
    pub(super) fn badge(&self, context: &str, word: &str) -> Cell {
        const GOOD: [&str; 5] = ["active", "sent", "done", "completed", "yes"];
        const BAD: [&str; 3] = ["failed", "suspended", "late"];
        let kind = if GOOD.contains(&word) {
            "active"
        } else if BAD.contains(&word) {
            "bad"
        } else {
            ""
        };
        Cell::Badge { text: self.value(context, word), kind }
    }

    pub(super) fn value(&self, context: &str, word: &str) -> String {
        self.cw.value(context, word)
    }

    pub(super) fn yes_or_no(&self, is: bool) -> Cell {
        Cell::text(self.value("", if is { "yes" } else { "no" }))
    }
}
