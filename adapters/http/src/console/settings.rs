//! The settings in force, and where each is from.

use super::{
    SETTINGS, Said,
    view::{Cell, Head, Row, heads},
    words::ConsoleWords,
};
use crate::{
    SettingOrigin, SettingShown, SettingValue,
    problems::Problem,
    site::{
        answer::{Frame, Page},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use poem::{Response, http::StatusCode};

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    changed: Vec<Row>,
    usual: Vec<Row>,
    heads: Vec<Head>,
}

impl Page for SettingsPage {}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let Said { w, say, cw } = said;
    let in_force = &visit.service().settings.in_force;
    let (usual, changed): (Vec<_>, Vec<_>) =
        in_force.iter().partition(|setting| setting.origin == SettingOrigin::Default);
    let rows = |settings: Vec<&SettingShown>| settings.into_iter().map(|setting| row(setting, &said)).collect();
    let (usual, changed) = (rows(usual), rows(changed));
    let heads = heads(&[cw.label("name"), cw.label("value"), cw.label("origin")]);
    let f = visit.frame(SETTINGS).await?;
    Ok(visit.page(StatusCode::OK, None, &SettingsPage { f, w, say, cw, changed, usual, heads }))
}

fn row(setting: &SettingShown, said: &Said) -> Row {
    let value = match &setting.value {
        SettingValue::Text(text) => Cell::Typed(text.clone()),
        SettingValue::Secret => Cell::text(said.cw.setting_secret),
        SettingValue::NotSet => Cell::text(said.cw.setting_none),
    };
    let origin = match setting.origin.place() {
        Some(place) => format!("{}: {place}", said.value("origin", setting.origin.word())),
        None => said.value("origin", setting.origin.word()),
    };
    Row { cells: vec![Cell::Typed(setting.name.clone()), value, Cell::text(origin)], ..Row::default() }
}
