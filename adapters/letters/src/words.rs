use backstop_domain::{Timestamp, schedule::Zone};
use minijinja::{Value, context};
use std::collections::BTreeMap;

/// Four digits are read at a glance.
const LONGEST_UNDIVIDED: usize = 4;

/// How a language writes dates, numbers and what has an English name, read from lines of `name = value`.
#[derive(Clone, Default)]
pub(crate) struct Words {
    months: Vec<String>,
    date: String,
    moment: String,
    /// What divides the thousands of a long number.
    divider: String,
    /// By what the program calls them.
    names: BTreeMap<String, String>,
}

impl Words {
    /// What is wrong comes with the line it is in, if it is in one.
    pub(crate) fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let mut words = Self::default();
        let lines =
            (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        for (number, line) in lines {
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err((Some(number), "this is no line of the form name = value".to_owned()));
            };
            let problem = |what: String| (Some(number), what);
            match name {
                "months" => words.months = value.split(',').map(|month| month.trim().to_owned()).collect(),
                "date" => value.clone_into(&mut words.date),
                "moment" => value.clone_into(&mut words.moment),
                "number" => words.divider = divider(value).ok_or_else(|| problem(NUMBER.to_owned()))?,
                "names" => words.names = names(value).ok_or_else(|| problem(NAMES.to_owned()))?,
                _ => return Err(problem(format!("{name} is not one of months, date, moment, number, names"))),
            }
        }
        if words.months.len() != 12 {
            return Err((None, format!("a year has 12 months, and these are {}", words.months.len())));
        }
        for (name, form) in [("date", &words.date), ("moment", &words.moment)] {
            if !["{day}", "{month}", "{year}"].iter().all(|part| form.contains(part)) {
                return Err((None, format!("{name} must have {{day}}, {{month}} and {{year}} in it")));
            }
        }
        Ok(words)
    }

    /// A number as people write it.
    pub(crate) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        if digits.len() <= LONGEST_UNDIVIDED {
            return digits;
        }
        let mut written = String::with_capacity(2 * digits.len());
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                written.push_str(&self.divider);
            }
            written.push(digit);
        }
        written
    }

    /// What something is called here that has an English name elsewhere.
    pub(crate) fn name<'n>(&'n self, english: &'n str) -> &'n str {
        self.names.get(english).map_or(english, String::as_str)
    }

    /// An instant for templates: `moment`, `date`, and `iso` for machines.
    pub(crate) fn instant(&self, at: Timestamp, zone: &Zone) -> Value {
        let local = zone.local(at);
        let month = usize::try_from(local.month()).ok().and_then(|month| self.months.get(month.checked_sub(1)?));
        let name = local.strftime("%Z").to_string();
        // Zones without a name of their own are called by their distance, such as +03.
        let zone = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { self.name(&name).to_owned() };
        let fill = |form: &str| {
            form.replace("{day}", &local.day().to_string())
                .replace("{month}", month.map_or("", String::as_str))
                .replace("{number}", &local.month().to_string())
                .replace("{year}", &local.year().to_string())
                .replace("{hour}", &format!("{:02}", local.hour()))
                .replace("{minute}", &format!("{:02}", local.minute()))
                .replace("{zone}", &zone)
        };
        context! { date => fill(&self.date), moment => fill(&self.moment), iso => at.to_string() }
    }
}

const NUMBER: &str = "number must be 1234 as it is written, such as 1,234";
const NAMES: &str = "names must be of the form English: other, English: other";

/// What stands between 1 and 234.
fn divider(value: &str) -> Option<String> {
    let divider = value.strip_prefix('1')?.strip_suffix("234")?;
    (!divider.contains(|c: char| c.is_ascii_digit())).then(|| divider.to_owned())
}

fn names(value: &str) -> Option<BTreeMap<String, String>> {
    let name = |pair: &str| {
        let (english, other) = pair.split_once(':')?;
        let (english, other) = (english.trim(), other.trim());
        (!english.is_empty() && !other.is_empty()).then(|| (english.to_owned(), other.to_owned()))
    };
    value.split(',').map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = include_str!("../templates/en/words.txt");

    const GERMAN: &str = include_str!("../templates/de/words.txt");

    fn words(text: &str) -> Words {
        Words::parse(text).unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    fn moment(zone: &str, second: i64) -> String {
        moment_in(ENGLISH, zone, second)
    }

    fn moment_in(language: &str, zone: &str, second: i64) -> String {
        let instant = words(language).instant(Timestamp::from_second(second).unwrap(), &Zone::parse(zone).unwrap());
        instant.get_attr("moment").unwrap().to_string()
    }

    #[test]
    fn instants_are_told_as_clocks_show_them_there() {
        assert_eq!(moment("UTC", 1_772_554_860), "3 March 2026 at 16:21 UTC");
        assert_eq!(moment("Europe/Berlin", 1_772_554_860), "3 March 2026 at 17:21 CET");
        assert_eq!(moment("Europe/Berlin", 1_788_554_860), "4 September 2026 at 22:47 CEST");
        assert_eq!(moment("America/Sao_Paulo", 1_772_554_860), "3 March 2026 at 13:21 UTC-03");
    }

    #[test]
    fn another_language_has_its_own_names_of_zones() {
        let german = |zone| moment_in(GERMAN, zone, 1_772_554_860);
        assert_eq!(german("UTC"), "3. März 2026 um 16:21 UTC");
        assert_eq!(german("Europe/Vienna"), "3. März 2026 um 17:21 MEZ");
        assert_eq!(moment_in(GERMAN, "Europe/Berlin", 1_788_554_860), "4. September 2026 um 22:47 MESZ");
        assert_eq!(words(GERMAN).name("a Mac"), "einem Mac");
        assert_eq!(words(ENGLISH).name("a Mac"), "a Mac");
    }

    #[test]
    fn long_numbers_are_divided_as_people_divide_them() {
        let in_both = |number| [words(ENGLISH).number(number), words(GERMAN).number(number)];
        assert_eq!(in_both(0), ["0", "0"]);
        assert_eq!(in_both(1_204), ["1204", "1204"]);
        assert_eq!(in_both(12_040), ["12,040", "12.040"]);
        assert_eq!(in_both(300_000), ["300,000", "300.000"]);
        assert_eq!(in_both(1_000_001), ["1,000,001", "1.000.001"]);
        let plain = "months = a,b,c,d,e,f,g,h,i,j,k,l\ndate = {day}{month}{year}\nmoment = {day}{month}{year}";
        assert_eq!(words(plain).number(300_000), "300000");
        assert_eq!(words(&format!("{plain}\nnumber = 1\u{202F}234")).number(300_000), "300\u{202F}000");
    }

    #[test]
    fn what_is_missing_is_said() {
        let problem = |text: &str| Words::parse(text).err().unwrap();
        assert_eq!(problem("# a\n\nmonhts = a").0, Some(3));
        assert_eq!(problem("nothing").0, Some(1));
        assert!(problem("months = a, b").1.contains("these are 2"));
        let twelve = "months = a,b,c,d,e,f,g,h,i,j,k,l\ndate = {day} {month} {year}\nmoment = {day}";
        assert!(problem(twelve).1.starts_with("moment"));
        for (line, what) in [
            ("number = 1", "number must be 1234"),
            ("number = 112234", "number must be 1234"),
            ("names = CET", "names must be"),
            ("names = CET: , a: b", "names must be"),
        ] {
            let (place, told) = problem(line);
            assert_eq!(place, Some(1), "{line}");
            assert!(told.starts_with(what), "{line}: {told}");
        }
    }
}
