//! Tables that fit into a width.

use ratatui::text::Span;

/// What a cell means, whatever that looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// Less important than the rest.
    Quiet,
    /// Somebody should look after it.
    Bad,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
}

impl Cell {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    pub fn quiet(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Quiet }
    }

    pub fn bad(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Bad }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub is_number: bool,
    /// Where there is too little room those with the highest rank go first. Those with rank 0 stay.
    pub rank: u8,
    /// Whether it may be cut. At most one of a table.
    pub gives: bool,
}

impl Column {
    pub const fn text(title: &'static str, rank: u8) -> Self {
        Self { title, is_number: false, rank, gives: false }
    }

    pub const fn number(title: &'static str, rank: u8) -> Self {
        Self { title, is_number: true, rank, gives: false }
    }

    pub const fn giving(title: &'static str) -> Self {
        Self { title, is_number: false, rank: 0, gives: true }
    }
}

/// Rows under a heading; the title of the first column is the title of all.
#[derive(Clone, Debug)]
pub struct Panel {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// What is said when there are no rows.
    pub empty: String,
}

/// Between columns.
const GAP: usize = 2;
/// What gives way keeps that much as long as another column can go instead.
const LEAST: usize = 16;

/// One line of cells that are padded to their widths.
pub type Line = Vec<Cell>;

impl Panel {
    pub fn title(&self) -> &'static str {
        self.columns.first().map_or("", |column| column.title)
    }

    /// The heading, and then a line for each row, or as many as the words need that say that there is none.
    pub fn lines(&self, width: usize) -> (Line, Vec<Line>) {
        let fitted = self.fit(width);
        let heading = self.columns.iter().map(|column| Cell::plain(column.title)).collect::<Vec<_>>();
        let heading = self.line(&heading, &fitted);
        if self.rows.is_empty() {
            return (heading, wrapped(&self.empty, width).into_iter().map(|line| vec![Cell::quiet(line)]).collect());
        }
        (heading, self.rows.iter().map(|row| self.line(row, &fitted)).collect())
    }

    /// The columns that stay, with their widths.
    fn fit(&self, width: usize) -> Vec<(usize, usize)> {
        let natural = |(index, column): (usize, &Column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| width_of(&cell.text));
            (index, cells.chain([width_of(column.title)]).max().unwrap_or(0))
        };
        let mut fitted: Vec<(usize, usize)> = self.columns.iter().enumerate().map(natural).collect();
        let gives = |index: usize| self.columns[index].gives;
        let needs = |fitted: &[(usize, usize)], least: usize| -> usize {
            let widths = fitted.iter().map(|(index, width)| if gives(*index) { least.min(*width) } else { *width });
            widths.sum::<usize>() + GAP * fitted.len().saturating_sub(1)
        };
        while needs(&fitted, LEAST) > width {
            let last = (0..fitted.len()).max_by_key(|at| (self.columns[fitted[*at].0].rank, *at));
            match last.filter(|at| self.columns[fitted[*at].0].rank > 0) {
                Some(at) => drop(fitted.remove(at)),
                None => break,
            }
        }
        let left = width.saturating_sub(needs(&fitted, 0));
        for (index, own) in &mut fitted {
            if gives(*index) {
                *own = left.min(*own);
            }
        }
        fitted
    }

    fn line(&self, cells: &[Cell], fitted: &[(usize, usize)]) -> Line {
        let last = fitted.len().saturating_sub(1);
        let padded = |(at, (index, width)): (usize, &(usize, usize))| {
            let cell = cells.get(*index).cloned().unwrap_or_else(|| Cell::plain(""));
            let text = cut(&cell.text, *width);
            let space = " ".repeat(width.saturating_sub(width_of(&text)));
            let gap = if at == last { "" } else { "  " };
            let text = if self.columns[*index].is_number {
                format!("{space}{text}{gap}")
            } else {
                format!("{text}{space}{gap}")
            };
            Cell { text, tone: cell.tone }
        };
        fitted.iter().enumerate().map(padded).collect()
    }
}

/// How many columns of a terminal a text takes.
pub fn width_of(text: &str) -> usize {
    Span::raw(text).width()
}

/// At most so wide.
pub fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if width_of(&kept) + width_of(c.encode_utf8(&mut [0; 4])) >= width {
            break;
        }
        kept.push(c);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// In lines of at most that width; a longer word is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| !line.is_empty() && width_of(line) + 1 + width_of(word) <= width);
        match line {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(cut(word, width)),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line) -> String {
        line.iter().map(|cell| cell.text.as_str()).collect()
    }

    fn panel() -> Panel {
        let columns = vec![
            Column::text("Fruit", 0),
            Column::number("pieces", 1),
            Column::number("old", 2),
            Column::giving("why"),
        ];
        let rows = vec![
            vec![Cell::plain("apple"), Cell::bad("12"), Cell::plain("3"), Cell::plain("somebody likes apples a lot")],
            vec![Cell::plain("fig"), Cell::plain("1")],
        ];
        Panel { columns, rows, empty: "There is no fruit here".into() }
    }

    fn shown(width: usize) -> Vec<String> {
        let (heading, rows) = panel().lines(width);
        core::iter::once(&heading).chain(&rows).map(|line| text(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_they_must_be_and_the_last_gives_way() {
        assert_eq!(shown(100)[..2], ["Fruit  pieces  old  why", "apple      12    3  somebody likes apples a lot"]);
        assert_eq!(shown(40)[1..], ["apple      12    3  somebody likes appl…", "fig         1"]);
    }

    #[test]
    fn columns_go_by_their_rank_where_there_is_no_room() {
        assert_eq!(shown(35)[1], "apple      12  somebody likes appl…");
        assert_eq!(shown(30)[1], "apple  somebody likes apples …");
        assert_eq!(shown(9)[1], "apple  s…");
        for width in 0..=60 {
            let most = shown(width).iter().map(|line| width_of(line)).max().unwrap();
            assert!(most <= width.max("apple".len()), "{most} in {width}");
        }
    }

    #[test]
    fn words_say_that_there_is_nothing_in_as_many_lines_as_they_need() {
        let empty = Panel { rows: Vec::new(), ..panel() };
        let lines: Vec<String> = empty.lines(12).1.iter().map(text).collect();
        assert_eq!(lines, ["There is no", "fruit here"]);
        assert_eq!(wrapped("a verylongword", 4), ["a", "ver…"]);
        assert_eq!(wrapped("", 4), [""; 0]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(
            (cut("日本語", 6), cut("日本語", 5), cut("日本語", 0)),
            ("日本語".into(), "日本…".into(), String::new())
        );
    }
}
