//! A page to print: codes large enough to be typed from paper, each with a box to tick.

use crate::{failed, wording::Worded};
use backstop_application::ports::PortResult;
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    text::{Font, TextDirection},
};

// A4, with margins that also leave everything on a letter sheet. All in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;
const INNER: f32 = WIDTH - 2.0 * MARGIN;
const BOTTOM: f32 = HEIGHT - 100.0;
const FOOTER: f32 = HEIGHT - 72.0;

const ROW: f32 = 31.0;
const TICK: f32 = 13.0;
/// Where a code begins, after the box and the number.
const CODE: f32 = MARGIN + 62.0;
const LARGEST_CODE: f32 = 16.0;
/// How wide a symbol of the monospaced font is, for its size.
const MONO: f32 = 0.602;
/// Wider than an average symbol of the other fonts, so that a line meant to fit does.
const SANS: f32 = 0.68;

#[derive(Clone, Copy)]
struct Colour(u8, u8, u8);

impl Colour {
    fn of_page(self) -> rgb::Color {
        rgb::Color::new(self.0, self.1, self.2)
    }
}

const INK: Colour = Colour(24, 28, 36);
const QUIET: Colour = Colour(96, 104, 118);
const RULE: Colour = Colour(205, 210, 218);

pub(crate) struct Printer {
    sans: Font,
    bold: Font,
    mono: Font,
}

impl Printer {
    pub(crate) fn new() -> PortResult<Self> {
        let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0).ok_or_else(failed);
        Ok(Self {
            sans: font(include_bytes!("../fonts/DejaVuSans.ttf"))?,
            bold: font(include_bytes!("../fonts/DejaVuSans-Bold.ttf"))?,
            mono: font(include_bytes!("../fonts/DejaVuSansMono.ttf"))?,
        })
    }

    pub(crate) fn print(&self, sheet: &Worded<'_>) -> PortResult<Vec<u8>> {
        let account = sheet.account().map_or_else(Vec::new, |(_, account)| lines(account));
        let pages = pages(sheet.codes().len(), first_row(account.len()));
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(sheet.title()).language(sheet.language().to_owned()));
        let mut printed = 0;
        for (page, rows) in (1..).zip(&pages) {
            let mut paper = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(failed)?);
            {
                let mut pen = Pen { fonts: self, surface: paper.surface(), y: MARGIN };
                if page == 1 {
                    pen.head(sheet, &account);
                } else {
                    pen.head_again(sheet);
                }
                pen.codes(sheet, printed, *rows);
                if page == pages.len() {
                    pen.advice(sheet);
                }
                pen.foot(sheet, page, pages.len());
            }
            paper.finish();
            printed += rows;
        }
        document.finish().map_err(|_| failed())
    }
}

/// Where the first page's codes begin, below this many lines about the account.
fn first_row(account_lines: usize) -> f32 {
    MARGIN + 194.0 + 15.0 * f32::from(u8::try_from(account_lines).unwrap_or(u8::MAX))
}

const NEXT_FIRST_ROW: f32 = MARGIN + 52.0;
/// What the advice below the last code takes.
const ADVICE: f32 = 46.0;

/// How many codes each page has. The last one has room for the advice.
fn pages(codes: usize, first_row: f32) -> Vec<usize> {
    let fitting = |top: f32, bottom: f32| {
        let mut rows = 0;
        let mut y = top + ROW;
        while y <= bottom {
            rows += 1;
            y += ROW;
        }
        rows
    };
    let (mut pages, mut left, mut top) = (Vec::new(), codes, first_row);
    while left > fitting(top, BOTTOM - ADVICE) {
        let rows = fitting(top, BOTTOM).min(left);
        pages.push(rows);
        left -= rows;
        top = NEXT_FIRST_ROW;
    }
    pages.push(left);
    pages
}

/// An account's name can be long; it is broken where the line ends.
fn lines(account: &str) -> Vec<String> {
    const SYMBOLS: usize = 66;
    let symbols: Vec<char> = account.chars().collect();
    symbols.chunks(SYMBOLS).map(|line| line.iter().collect()).collect()
}

/// The size at which a line of so many symbols fits, at most the given one.
fn fitting(symbols: usize, width: f32, each: f32, largest: f32) -> f32 {
    let symbols = f32::from(u16::try_from(symbols.max(1)).unwrap_or(u16::MAX));
    largest.min(width / (symbols * each))
}

struct Pen<'a> {
    fonts: &'a Printer,
    surface: Surface<'a>,
    y: f32,
}

impl Pen<'_> {
    fn write(&mut self, x: f32, font: &Font, size: f32, colour: Colour, text: &str) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill { paint: colour.of_page().into(), ..Fill::default() }));
        self.surface.draw_text(Point::from_xy(x, self.y), font.clone(), size, text, false, TextDirection::Auto);
    }

    fn sans(&mut self, size: f32, colour: Colour, text: &str) {
        self.write(MARGIN, &self.fonts.sans, size, colour, text);
    }

    fn rule(&mut self) {
        let mut path = PathBuilder::new();
        path.move_to(MARGIN, self.y);
        path.line_to(WIDTH - MARGIN, self.y);
        self.stroke(path, RULE, 0.8);
    }

    fn tick_box(&mut self, top: f32) {
        let mut path = PathBuilder::new();
        if let Some(square) = Rect::from_xywh(MARGIN, top, TICK, TICK) {
            path.push_rect(square);
        }
        self.stroke(path, QUIET, 1.0);
    }

    fn stroke(&mut self, path: PathBuilder, colour: Colour, width: f32) {
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint: colour.of_page().into(), width, ..Stroke::default() }));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn head(&mut self, sheet: &Worded<'_>, account: &[String]) {
        let title = fitting(sheet.site_name().chars().count(), INNER, SANS, 13.0);
        self.y += 13.0;
        self.sans(title, QUIET, sheet.site_name());
        self.y += 32.0;
        self.write(MARGIN, &self.fonts.bold, 25.0, INK, sheet.heading());
        self.y += 28.0;
        for line in sheet.purpose() {
            self.sans(10.5, INK, line);
            self.y += 16.0;
        }
        self.y += 12.0;
        if let Some((name, _)) = sheet.account() {
            self.sans(9.5, QUIET, name);
        }
        for line in account {
            self.write(CODE, &self.fonts.mono, 9.5, INK, line);
            self.y += 15.0;
        }
        for (name, fact) in sheet.facts() {
            self.sans(9.5, QUIET, name);
            self.write(CODE, &self.fonts.sans, 9.5, INK, &fact);
            self.y += 15.0;
        }
        self.y = first_row(account.len()) - 6.0;
        self.rule();
        self.y += 6.0;
    }

    fn head_again(&mut self, sheet: &Worded<'_>) {
        self.y += 13.0;
        let title = sheet.title_again();
        self.sans(fitting(title.chars().count(), INNER, SANS, 11.0), QUIET, &title);
        self.y = NEXT_FIRST_ROW - 6.0;
        self.rule();
        self.y += 6.0;
    }

    fn codes(&mut self, sheet: &Worded<'_>, printed: usize, rows: usize) {
        let longest = sheet.codes().iter().map(|code| code.reveal().chars().count()).max().unwrap_or(0);
        let size = fitting(longest, WIDTH - MARGIN - CODE, MONO, LARGEST_CODE);
        for (at, code) in sheet.codes().iter().enumerate().skip(printed).take(rows) {
            self.y += ROW;
            let baseline = self.y - 8.0;
            self.tick_box(baseline - TICK + 1.5);
            self.y = baseline;
            self.write(MARGIN + 26.0, &self.fonts.sans, 9.5, QUIET, &format!("{:>2}", at + 1));
            self.write(CODE, &self.fonts.mono, size, INK, code.reveal());
            self.y = baseline + 8.0;
        }
    }

    fn advice(&mut self, sheet: &Worded<'_>) {
        self.y += 22.0;
        for line in sheet.keeping() {
            self.sans(9.5, QUIET, line);
            self.y += 14.0;
        }
    }

    fn foot(&mut self, sheet: &Worded<'_>, page: usize, pages: usize) {
        self.y = FOOTER;
        self.rule();
        self.y += 14.0;
        self.sans(8.0, QUIET, &sheet.set());
        let number = sheet.page(page, pages);
        let width =
            fitting(number.len(), INNER, SANS, 8.0) * 0.55 * f32::from(u8::try_from(number.len()).unwrap_or(20));
        self.write(WIDTH - MARGIN - width, &self.fonts.sans, 8.0, QUIET, &number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_on_a_page_and_ten_are_on_one() {
        for codes in 1..=50 {
            let pages = pages(codes, first_row(0));
            assert_eq!(pages.iter().sum::<usize>(), codes);
            assert!(pages.len() == 1 || codes > 10, "{codes} codes on {} pages", pages.len());
            assert!(pages.len() <= 4);
        }
        assert_eq!(pages(50, first_row(5)).iter().sum::<usize>(), 50);
    }

    #[test]
    fn a_long_line_is_written_smaller() {
        assert!((fitting(10, INNER, MONO, 16.0) - 16.0).abs() < f32::EPSILON);
        let size = fitting(80, INNER, MONO, 16.0);
        assert!(size * MONO * 80.0 <= INNER + 0.01);
        assert_eq!(lines(&"x".repeat(255)).len(), 4);
    }
}
