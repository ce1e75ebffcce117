//! The work as people see it: drawn on a terminal, or as plain text.

use super::{
    Seen,
    pace::Pace,
    panels,
    table::{Cell, Line, Panel, Tone, cut, width_of, wrapped},
    words,
};
use backstop_application::use_cases::Work;
use backstop_domain::Timestamp;
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{self, Span},
};

/// What was seen so far.
pub struct Watched {
    work: Option<Work>,
    pace: Pace,
    trouble: Option<Trouble>,
    colours: bool,
}

/// Since when nothing can be seen, and why.
struct Trouble {
    since: Timestamp,
    why: String,
}

impl Watched {
    pub fn new(colours: bool) -> Self {
        Self { work: None, pace: Pace::default(), trouble: None, colours }
    }

    /// Takes note of what was seen, or of the reason why nothing was; then what was seen before stays.
    pub fn take(&mut self, now: Timestamp, seen: Seen) {
        match seen {
            Ok(work) => {
                self.pace.note(&work.workers);
                self.work = Some(work);
                self.trouble = None;
            }
            Err(why) => {
                let since = self.trouble.take().map_or(now, |trouble| trouble.since);
                self.trouble = Some(Trouble { since, why });
            }
        }
    }

    fn style(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
            // Of all colours the one that is readable on light and on dark.
            Tone::Bad if self.colours => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            Tone::Bad => Style::new().add_modifier(Modifier::BOLD),
        }
    }
}

const TITLE: &str = "Background work";
const KEYS: &str = "q quits";
/// From this width on tables stand side by side.
const WIDE: u16 = 140;
/// Between two that do.
const GAP: u16 = 3;

pub fn draw(frame: &mut Frame, watched: &Watched) {
    let mut area = frame.area();
    let bold = Style::new().add_modifier(Modifier::BOLD);
    draw_top(frame, take_line(&mut area), watched, bold);
    let width = usize::from(area.width);
    if let Some(Trouble { since, why }) = &watched.trouble {
        let since = words::time(*since);
        let seen = if watched.work.is_some() { " What is below was seen before." } else { "" };
        let told = format!("The database has not answered since {since}: {why}. It is asked again and again.{seen}");
        for line in wrapped(&told, width).into_iter().take(3) {
            put(frame, take_line(&mut area), &line, watched.style(Tone::Bad));
        }
    }
    let Some(work) = &watched.work else {
        if watched.trouble.is_none() {
            put(frame, take_line(&mut area), "Looking for the first time …", watched.style(Tone::Quiet));
        }
        return;
    };
    let pace = watched.pace.of_all().map_or(String::new(), |pace| format!("; {pace:.1} done a minute"));
    for line in wrapped(&format!("{}{pace}", words::summary(work)), width).into_iter().take(2) {
        put(frame, take_line(&mut area), &line, Style::new());
    }
    draw_panels(frame, area, watched, &panels::all(work, Some(&watched.pace)));
}

fn draw_top(frame: &mut Frame, area: Rect, watched: &Watched, style: Style) {
    let room = usize::from(area.width).saturating_sub(width_of(TITLE) + 2);
    let at = watched.work.as_ref().map(|work| work.at);
    let longest = at.map(|at| format!("{}  {KEYS}", words::date_and_time(at)));
    let shorter = at.map(|at| format!("{}  {KEYS}", words::time(at)));
    let right = [longest, shorter, Some(KEYS.to_owned())].into_iter().flatten().find(|text| width_of(text) <= room);
    let right = right.unwrap_or_default();
    let space = " ".repeat(usize::from(area.width).saturating_sub(width_of(TITLE) + width_of(&right)));
    put(frame, area, &format!("{TITLE}{space}{right}"), style);
}

fn draw_panels(frame: &mut Frame, mut area: Rect, watched: &Watched, all: &[Panel; 5]) {
    let [queue, workers, failed, schedules, runs] = all;
    let bands: Vec<Vec<&Panel>> = if area.width >= WIDE {
        vec![vec![queue, workers], vec![failed], vec![schedules, runs]]
    } else {
        all.iter().map(|panel| vec![panel]).collect()
    };
    let drawn: Vec<Vec<(Line, Vec<Line>)>> = bands
        .iter()
        .map(|band| {
            band.iter().zip(columns(area, band.len())).map(|(panel, area)| panel.lines(area.width.into())).collect()
        })
        .collect();
    let wants: Vec<u16> = drawn
        .iter()
        .map(|band| band.iter().map(|(_, rows)| u16::try_from(rows.len() + 1).unwrap_or(u16::MAX)).max().unwrap_or(0))
        .collect();
    let is_cut = |height: u16, rows: usize| height == 0 || (height == 2 && rows > 1);
    let cut_titles = |heights: &[u16]| -> Vec<&str> {
        let all = bands.iter().zip(&drawn).zip(heights);
        let panels = all
            .flat_map(|((band, lines), height)| band.iter().zip(lines).map(|(panel, lines)| (panel, lines, *height)));
        panels.filter(|(_, (_, rows), height)| is_cut(*height, rows.len())).map(|(panel, ..)| panel.title()).collect()
    };
    let mut heights = share(area.height, &wants);
    if !cut_titles(&heights).is_empty() {
        // A line says where there is more.
        heights = share(area.height.saturating_sub(1), &wants);
    }
    let titles = cut_titles(&heights);
    let used: u16 = heights.iter().sum();
    let has_gaps = usize::from(area.height.saturating_sub(used)) >= bands.len();
    for ((band, lines), height) in bands.iter().zip(&drawn).zip(heights) {
        if has_gaps {
            take_line(&mut area);
        }
        let here = Rect { height: height.min(area.height), ..area };
        for (part, (heading, rows)) in columns(here, band.len()).into_iter().zip(lines) {
            draw_panel(frame, part, watched, heading, rows);
        }
        area = Rect { y: area.y + here.height, height: area.height - here.height, ..area };
    }
    if !titles.is_empty() {
        let told = cut(&format!("Not all shown: {}", titles.join(", ")), area.width.into());
        put(frame, take_line(&mut area), &told, watched.style(Tone::Quiet));
    }
}

fn draw_panel(frame: &mut Frame, mut area: Rect, watched: &Watched, heading: &Line, rows: &[Line]) {
    let title: String = heading.iter().map(|cell| cell.text.as_str()).collect();
    let title = cut(&title, area.width.into());
    let space = " ".repeat(usize::from(area.width).saturating_sub(width_of(&title)));
    put(frame, take_line(&mut area), &format!("{title}{space}"), Style::new().add_modifier(Modifier::REVERSED));
    let room = usize::from(area.height);
    let (shown, more) = match rows.len() {
        all if all <= room || room < 2 => (room, 0),
        all => (room - 1, all - room + 1),
    };
    for row in rows.iter().take(shown) {
        let spans = row.iter().map(|Cell { text, tone }| Span::styled(text.as_str(), watched.style(*tone)));
        let line = take_line(&mut area);
        frame.buffer_mut().set_line(line.x, line.y, &spans.collect::<text::Line<'_>>(), line.width);
    }
    if more > 0 {
        put(frame, take_line(&mut area), &format!("… and {more} more"), watched.style(Tone::Quiet));
    }
}

/// Parts of the same width, side by side.
fn columns(area: Rect, number: usize) -> Vec<Rect> {
    let number = u16::try_from(number).unwrap_or(1).max(1);
    let width = (area.width.saturating_sub(GAP * (number - 1))) / number;
    (0..number).map(|at| Rect { x: area.x + at * (width + GAP), width, ..area }).collect()
}

/// Lines for each that wants some, the first first: as many get a heading and a row as can, and what is left goes round.
fn share(room: u16, wants: &[u16]) -> Vec<u16> {
    let (mut left, mut given) = (room, vec![0; wants.len()]);
    for (given, wanted) in given.iter_mut().zip(wants) {
        let least = 2.min(*wanted);
        if left < least {
            break;
        }
        *given = least;
        left -= least;
    }
    let wants_more = |given: u16, wanted: u16| given > 0 && given < wanted;
    while left > 0 && given.iter().zip(wants).any(|(given, wanted)| wants_more(*given, *wanted)) {
        for (given, wanted) in given.iter_mut().zip(wants) {
            if left > 0 && wants_more(*given, *wanted) {
                *given += 1;
                left -= 1;
            }
        }
    }
    given
}

/// The first line of an area that has one; then the area begins below.
fn take_line(area: &mut Rect) -> Rect {
    let line = Rect { height: area.height.min(1), ..*area };
    *area = Rect { y: area.y + line.height, height: area.height - line.height, ..*area };
    line
}

fn put(frame: &mut Frame, line: Rect, text: &str, style: Style) {
    if line.height > 0 {
        frame.buffer_mut().set_stringn(line.x, line.y, text, line.width.into(), style);
    }
}

/// Everything, as wide as it is.
pub fn plain(work: &Work) -> String {
    let mut told = vec![format!("{TITLE} at {}", words::date_and_time(work.at)), words::summary(work)];
    for panel in panels::all(work, None) {
        let (heading, rows) = panel.lines(usize::MAX);
        told.push(String::new());
        for line in core::iter::once(heading).chain(rows) {
            let line: String = line.iter().map(|cell| cell.text.as_str()).collect();
            told.push(line.trim_end().to_owned());
        }
    }
    told.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shared_so_that_as_many_as_can_say_something() {
        assert_eq!(share(100, &[5, 2, 9]), [5, 2, 9]);
        assert_eq!(share(10, &[5, 2, 9]), [4, 2, 4]);
        assert_eq!(share(5, &[5, 2, 9]), [3, 2, 0]);
        assert_eq!(share(1, &[5, 2]), [0, 0]);
        assert_eq!(share(3, &[]), [0; 0]);
    }
}
