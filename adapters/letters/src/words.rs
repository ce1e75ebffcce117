use backstop_domain::{Timestamp, schedule::Zone};
use minijinja::{Value, context};

/// How a language writes dates, read from lines of `name = value`.
pub(crate) struct Words {
    months: Vec<String>,
    date: String,
    moment: String,
}

impl Words {
    /// What is wrong comes with the line it is in, if it is in one.
    pub(crate) fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let (mut months, mut date, mut moment) = (Vec::new(), String::new(), String::new());
        let lines =
            (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        for (number, line) in lines {
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err((Some(number), "this is no line of the form name = value".to_owned()));
            };
            match name {
                "months" => months = value.split(',').map(|month| month.trim().to_owned()).collect(),
                "date" => value.clone_into(&mut date),
                "moment" => value.clone_into(&mut moment),
                _ => return Err((Some(number), format!("{name} is not one of months, date, moment"))),
            }
        }
        if months.len() != 12 {
            return Err((None, format!("a year has 12 months, and these are {}", months.len())));
        }
        for (name, form) in [("date", &date), ("moment", &moment)] {
            if !["{day}", "{month}", "{year}"].iter().all(|part| form.contains(part)) {
                return Err((None, format!("{name} must have {{day}}, {{month}} and {{year}} in it")));
            }
        }
        Ok(Self { months, date, moment })
    }

    /// An instant for templates: `moment`, `date`, and `iso` for machines.
    pub(crate) fn instant(&self, at: Timestamp, zone: &Zone) -> Value {
        let local = zone.local(at);
        let month = usize::try_from(local.month()).ok().and_then(|month| self.months.get(month.checked_sub(1)?));
        let name = local.strftime("%Z").to_string();
        // Zones without a name of their own are called by their distance, such as +03.
        let zone = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name };
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

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = include_str!("../templates/en/words.txt");

    fn moment(zone: &str, second: i64) -> String {
        let words = Words::parse(ENGLISH).unwrap_or_else(|problem| panic!("{problem:?}"));
        let instant = words.instant(Timestamp::from_second(second).unwrap(), &Zone::parse(zone).unwrap());
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
    fn what_is_missing_is_said() {
        let problem = |text: &str| Words::parse(text).err().unwrap();
        assert_eq!(problem("# a\n\nmonhts = a").0, Some(3));
        assert_eq!(problem("nothing").0, Some(1));
        assert!(problem("months = a, b").1.contains("these are 2"));
        let twelve = "months = a,b,c,d,e,f,g,h,i,j,k,l\ndate = {day} {month} {year}\nmoment = {day}";
        assert!(problem(twelve).1.starts_with("moment"));
    }
}
