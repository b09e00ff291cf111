//! The table and the JSON.

use std::fmt::Write;

use crate::measure::{Mark, Outcome};
use crate::options::Options;

const INTO_STRING: &str = "a string takes all that is written to it";

/// A table to read.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "\n{:<32} {:<15} {:<17} {:>10} {:>10} {:>7} {:>15} {:>7} {:>8}\n",
        "case", "runtime", "contender", "raw", "contender", "ratio", "(min–max)", "best", "at most"
    );
    for outcome in outcomes {
        let at_most = match outcome.mark {
            None => String::new(),
            Some(Mark::Ratio(mark)) => format!("{mark:.2}"),
            Some(Mark::Figure(mark)) => format!("{mark:.0} {}", short(outcome.unit)),
        };
        let verdict = if outcome.reached() == Some(false) { "  missed" } else { "" };
        let (least, most) = spread(outcome);
        let range = format!("({least:.2}–{most:.2})");
        writeln!(
            text,
            "{:<32} {:<15} {:<17} {:>10} {:>10} {:>7.3} {range:>15} {:>7.3} {at_most:>8}{verdict}",
            outcome.case,
            outcome.runtime,
            outcome.contender,
            figure(outcome.raw, outcome.unit),
            figure(outcome.own, outcome.unit),
            outcome.ratio(),
            outcome.best,
        )
        .expect(INTO_STRING);
    }
    let marks = outcomes.iter().filter_map(Outcome::reached);
    let (all, missed) = marks.fold((0, 0), |(all, missed), reached| (all + 1, missed + u32::from(!reached)));
    writeln!(text, "\n{} of {all} marks reached", all - missed).expect(INTO_STRING);
    text
}

/// The same for a program. Names are our own and need no escapes.
pub(crate) fn json(outcomes: &[Outcome], options: &Options) -> String {
    let mut text = format!("{{\n  \"rounds\": {},\n  \"quick\": {},\n  \"results\": [", options.rounds, options.quick);
    for (index, outcome) in outcomes.iter().enumerate() {
        let (least, most) = spread(outcome);
        let mark = match outcome.mark {
            None => "null".to_owned(),
            Some(Mark::Ratio(mark)) => format!("{{\"ratio\": {mark}}}"),
            Some(Mark::Figure(mark)) => format!("{{\"{}\": {mark}}}", outcome.unit),
        };
        let reached = outcome.reached().map_or("null".to_owned(), |reached| reached.to_string());
        write!(
            text,
            "{}\n    {{\"case\": \"{}\", \"runtime\": \"{}\", \"contender\": \"{}\", \"unit\": \"{}\", \
             \"raw\": {:.2}, \"own\": {:.2}, \"ratio\": {:.4}, \"least\": {least:.4}, \"most\": {most:.4}, \"best\": {:.4}, \
             \"at_most\": {mark}, \"reached\": {reached}}}",
            if index == 0 { "" } else { "," },
            outcome.case,
            outcome.runtime,
            outcome.contender,
            outcome.unit,
            outcome.raw,
            outcome.own,
            outcome.ratio(),
            outcome.best,
        )
        .expect(INTO_STRING);
    }
    text + "\n  ]\n}\n"
}

/// The smallest and the largest ratio of a round.
fn spread(outcome: &Outcome) -> (f64, f64) {
    (outcome.ratios.first().copied().unwrap_or_default(), outcome.ratios.last().copied().unwrap_or_default())
}

fn figure(value: f64, unit: &str) -> String {
    let digits = usize::from(value < 100.0);
    format!("{value:.digits$} {}", short(unit))
}

fn short(unit: &str) -> &str {
    if unit == "bytes" { "B" } else { unit }
}
