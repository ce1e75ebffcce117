//! What lists are asked for by the query of an address. Each list says which parameters it has; what is read, what the
//! OpenAPI document tells and what a problem says is allowed come from that one table.

use crate::problems::{FieldError, Kind, Problem};
use backstop_application::{
    ports::{Direction, Listed, SortColumn as _},
    use_cases::{ListRequest, Page, PageSize},
};
use core::{fmt::Write as _, str::FromStr};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use poem::Request;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What the value of a parameter is.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Text,
    Uuid,
    Instant,
    Boolean,
    Limit,
    Network,
    Words(fn() -> Vec<&'static str>),
}

pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) form: Form,
}

pub(crate) const fn param(name: &'static str, form: Form, about: &'static str) -> Param {
    Param { name, about, form }
}

/// A list that can be asked for over the wire.
pub(crate) trait Queried: Listed {
    /// What narrows it down.
    const PARAMS: &'static [Param];
    const SORT: Self::Sort;
    const DIRECTION: Direction;

    /// `None` when something that is needed is missing, which then is among the errors.
    fn filter(query: &mut Query) -> Option<Self::Filter>;
}

fn columns<L: Listed>() -> Vec<&'static str> {
    L::Sort::ALL.iter().map(|column| column.as_str()).collect()
}

pub(crate) const ASCENDING: &str = "asc";
pub(crate) const DESCENDING: &str = "desc";

/// What every list has besides.
fn paging<L: Queried>() -> [Param; 4] {
    [
        param("sort", Form::Words(columns::<L>), "By what the list is sorted; equal ones by their ids."),
        param("order", Form::Words(|| vec![ASCENDING, DESCENDING]), "In which direction."),
        param("limit", Form::Limit, "How many entries a page has at most; 50 without it."),
        param("cursor", Form::Text, "`next` or `previous` of another page of the same list, order and filters."),
    ]
}

impl Form {
    fn allowed(self) -> Cow<'static, str> {
        match self {
            Self::Text => "a text of at most 1024 characters, none of them NUL".into(),
            Self::Uuid => "an id (a UUID)".into(),
            Self::Instant => "an instant such as 2027-03-01T09:30:00Z".into(),
            Self::Boolean => "true or false".into(),
            Self::Limit => format!("a whole number from 1 to {}", PageSize::MOST).into(),
            Self::Network => "an IP address, or a network such as 192.0.2.0/24 or 2001:db8::/64".into(),
            Self::Words(words) => format!("one of {}", words().join(", ")).into(),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string", "maxLength": 1024 }),
            Self::Network => json!({ "type": "string", "example": "192.0.2.0/24" }),
            Self::Uuid => json!({ "type": "string", "format": "uuid" }),
            Self::Instant => json!({ "type": "string", "format": "date-time" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Limit => json!({ "type": "integer", "minimum": 1, "maximum": PageSize::MOST }),
            Self::Words(words) => json!({ "type": "string", "enum": words() }),
        }
    }
}

/// As the OpenAPI document has them.
pub(crate) fn described(params: &[Param]) -> impl Iterator<Item = Value> {
    params.iter().map(|Param { name, about, form }| {
        json!({ "name": name, "in": "query", "required": false, "description": about, "schema": form.schema() })
    })
}

pub(crate) fn all_described<L: Queried>() -> Vec<Value> {
    described(L::PARAMS).chain(described(&paging::<L>())).collect()
}

/// What stands in an address after the question mark, while it is read.
pub(crate) struct Query {
    stated: Vec<(String, String)>,
    forms: Vec<(&'static str, Form)>,
    errors: Vec<FieldError>,
    wrong: Vec<(&'static str, Wrong)>,
}

/// What is wrong with a parameter, for those who say it in a language of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Unreadable,
    /// It does not go with others, or can't be missing.
    Unfit,
}

impl Query {
    /// Refuses what none of these is named like, or what is there twice.
    pub(crate) fn read(request: &Request, params: &[Param]) -> Result<Self, Problem> {
        let stated: Vec<(String, String)> =
            request.params().map_err(|_| Problem::new(Kind::InvalidRequest, "The query can't be read."))?;
        Ok(Self::of(stated, params))
    }

    pub(crate) fn of(stated: Vec<(String, String)>, params: &[Param]) -> Self {
        let forms: Vec<_> = params.iter().map(|param| (param.name, param.form)).collect();
        let mut errors = Vec::new();
        for (at, (name, _)) in stated.iter().enumerate() {
            let shown: String = name.chars().take(60).collect();
            if !forms.iter().any(|(known, _)| known == name) {
                let known: Vec<_> = forms.iter().map(|(known, _)| *known).collect();
                let why = format!("there is no such parameter; there are {}", known.join(", "));
                errors.push(FieldError::new(format!("?{shown}"), why));
            } else if stated[..at].iter().any(|(earlier, _)| earlier == name) {
                errors.push(FieldError::new(format!("?{shown}"), format!("`{shown}` is named once")));
            }
        }
        Self { stated, forms, errors, wrong: Vec::new() }
    }

    fn stated(&self, name: &str) -> Option<&str> {
        self.stated.iter().find(|(stated, _)| stated == name).map(|(_, value)| value.as_str())
    }

    /// Reads a value; what can't be read is among the errors.
    pub(crate) fn parse<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.stated(name)?;
        let value = if text.len() > 4096 { None } else { parse(text) };
        if value.is_none() {
            self.refuse(name);
        }
        value
    }

    pub(crate) fn get<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        self.parse(name, |text| text.parse().ok())
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        // No text that is kept has a NUL in it, and PostgreSQL can't be asked for one.
        let is_one = |text: &str| text.chars().count() <= 1024 && !text.contains('\0');
        self.parse(name, |text| is_one(text).then(|| text.to_owned()))
    }

    fn refuse(&mut self, name: &'static str) {
        let form = self.forms.iter().find(|(known, _)| *known == name).map(|(_, form)| *form);
        let allowed = form.map(Form::allowed).unwrap_or_default();
        self.wrong.push((name, Wrong::Unreadable));
        self.errors.push(FieldError::new(format!("?{name}"), format!("`{name}` is {allowed}")));
    }

    pub(crate) fn error(&mut self, name: &'static str, why: impl Into<Cow<'static, str>>) {
        self.wrong.push((name, Wrong::Unfit));
        self.errors.push(FieldError::new(format!("?{name}"), why));
    }

    /// What could not be read, or does not fit.
    pub(crate) fn wrong(&self) -> &[(&'static str, Wrong)] {
        &self.wrong
    }

    /// What was read, if all could be.
    pub(crate) fn done<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// What of a list is asked for.
pub(crate) fn list_request<L: Queried>(request: &Request) -> Result<ListRequest<L>, Problem> {
    let mut query = Query::read(request, &all_params::<L>())?;
    let read = list_request_of(&mut query, PageSize::USUAL);
    query.done(read)
}

pub(crate) fn all_params<L: Queried>() -> Vec<Param> {
    let mut params = paging::<L>().into_iter().collect::<Vec<_>>();
    params.extend(L::PARAMS.iter().map(|known| param(known.name, known.form, known.about)));
    params
}

/// As `list_request`, of what was read already; `None` when something that is needed is missing.
pub(crate) fn list_request_of<L: Queried>(query: &mut Query, usual: PageSize) -> Option<ListRequest<L>> {
    let column = |text: &str| L::Sort::ALL.iter().find(|column| column.as_str() == text).copied();
    let sort = query.parse("sort", column).unwrap_or(L::SORT);
    let direction = query.parse("order", |text| match text {
        ASCENDING => Some(Direction::Ascending),
        DESCENDING => Some(Direction::Descending),
        _ => None,
    });
    let size = query.parse("limit", |text| PageSize::new(text.parse().ok()?)).unwrap_or(usual);
    let cursor = query.parse("cursor", |text| Some(text.to_owned()));
    let filter = L::filter(query);
    let direction = direction.unwrap_or(L::DIRECTION);
    filter.map(|filter| ListRequest { filter, sort, direction, size, cursor })
}

/// The addresses of the pages beside one, as the header `Link` has them.
pub(crate) fn links<L: Listed>(request: &Request, public_url: &str, page: &Page<L>) -> Option<String> {
    let mut text = String::new();
    for (cursor, relation) in [(&page.next, "next"), (&page.previous, "prev")] {
        let Some(cursor) = cursor else { continue };
        let mut stated: Vec<(String, String)> = request.params().unwrap_or_default();
        stated.retain(|(name, _)| name != "cursor");
        stated.push(("cursor".to_owned(), cursor.clone()));
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            stated.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let comma = if text.is_empty() { "" } else { ", " };
        // Writing to a string never fails.
        let _ = write!(text, "{comma}<{public_url}{}?{}>; rel=\"{relation}\"", request.uri().path(), pairs.join("&"));
    }
    (!text.is_empty()).then_some(text)
}
