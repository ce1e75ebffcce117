//! English, of background work and the trail.

use super::super::work::WorkWords;
use crate::console::work::flush::Standing;

pub(super) static WORDS: WorkWords = WorkWords {
    entry_title: "Entry of the trail:",
    entry_account: "All about this account",
    export_csv: "Save as CSV",
    export_json: "Save as JSON lines",
    mail_title: "E-mail:",
    mail_task: "The task that sends it",
    run_title: "Clean-up:",
    run_others: "All runs of this schedule",
    run_lines: "What it took",
    task_title: "Task:",
    task_mail: "What became of the mail",
    task_retry: "Try again",
    task_retry_what: "The task is queued again, with all its attempts.",
    task_retry_button: "Queue it again",
    task_remove: "Remove",
    task_remove_what: "The task goes for good. What it was to do is not done.",
    task_remove_sure: "Yes, remove this task",
    task_remove_button: "Remove the task",
    flush: "Clear tasks away",
    flush_what: "As backstop flush-tasks does. Mail that was not delivered yet is never cleared away, unless it was given up.",
    flush_which: "What goes",
    flush_button: "Clear it away",
    flush_unknown: "Nothing was cleared away: choose what goes.",
    next_runs: "Next runs",
    next_none: "It does not run any more: all its times have passed.",
    next_none_paused: "It does not run while it is paused.",
    preview_button: "Show the next runs",
    preview_unread: "Something in the form can't be read yet, so there is nothing to show.",
    schedule_title: "Schedule",
    schedule_new: "New schedule",
    schedule_create_button: "Create the schedule",
    schedule_edit: "Edit",
    schedule_edit_title: "Edit schedule",
    schedule_back: "Back without saving",
    schedule_is_paused: "This schedule is paused: it neither runs nor catches up with what it misses meanwhile.",
    schedule_runs: "Its runs",
    schedule_tasks: "Its tasks",
    schedule_run: "Run once more",
    schedule_run_what: "One run besides the others, which stay as they are.",
    schedule_run_at: "When",
    schedule_run_button: "Run it",
    schedule_pause: "Pause",
    schedule_pause_what: "What it has waiting goes, and nothing that it misses is caught up with.",
    schedule_pause_button: "Pause it",
    schedule_resume: "Resume",
    schedule_resume_what: "It runs again from its next time on.",
    schedule_resume_button: "Resume it",
    schedule_remove: "Remove",
    schedule_remove_what: "The schedule goes with what it has waiting. The reports of its runs stay.",
    schedule_remove_button: "Remove the schedule",
    schedule_too_early: "Nothing was planned: a run can't be before the first run of the schedule.",
    schedule_paused_run: "Nothing was planned: the schedule is paused. Resume it first.",
    schedule_changed_meanwhile: "Nothing was done: somebody changed the schedule at the same moment. Look at it and try again.",
    schedule_name_taken: "Another schedule has this name.",
    bad_time: "Nothing was planned: this is no date with a time, such as 2027-03-01T02:30.",
    bad_choice: "One of the choices can't be read.",
    bad_schedule_name: "The name is one line of 1 to 100 characters.",
    bad_days: "The days are a whole number from 0 to 36500.",
    bad_first_run: "The first run is a date with a time, such as 2027-03-01T02:30.",
    bad_rhythm: "What it runs every is a whole number: 5 minutes at least, and 10000 of anything at most.",
    bad_zone: "There is no time zone of this name; they are called like Europe/Berlin or UTC.",
    first_run_hint: "As a clock on the wall of the time zone shows it. All other runs are counted from this one.",
    every_hint: "Only where it runs every so many of something; at least 5 minutes",
    time_zone_hint: "By its name, such as Europe/Berlin or UTC",
    delete_empty_tick: "Remove sets of codes once their last code has gone",
    log_run_tick: "Write each run into the log",
    enabled_tick: "Enabled: it runs at its times",
    changed_by_more: "Nothing of yours is saved or lost: it is in the form, and how the schedule is now stands below it. If you save again, what is in the form holds.",
    by_schedule: |name| format!("Schedule {name}"),
    run_sets: |sets, told| match sets {
        1 => "From 1 set of codes".to_owned(),
        sets if u64::try_from(told).is_ok_and(|told| told < sets) => {
            format!("From {sets} sets of codes, of which the {told} that lost most are told")
        }
        sets => format!("From {sets} sets of codes"),
    },
    flush_sure: |Standing { failed, schedules, waiting }| {
        format!(
            "Yes, I am sure. There are now {}, {} and {}; what goes does not come back.",
            so_many(*failed, "failed task", "failed tasks"),
            so_many(*schedules, "schedule", "schedules"),
            so_many(*waiting, "clean-up that waits", "clean-ups that wait"),
        )
    },
    schedule_run_hint: |zone| format!("Without a time now; with one, by the clocks of {zone}"),
    schedule_remove_sure: |name| format!("Yes, remove {name}"),
    retention_hint: |least| {
        format!(
            "How long something must be over before it goes. 0 takes it at once. Entries of the audit trail stay for at \
             least {}, whatever stands here.",
            so_many(least, "day", "days"),
        )
    },
    every: |count, beat| format!("Every {count} {}", beat.as_str()),
    changed_by: |name| format!("{name} changed this schedule meanwhile."),
};

fn so_many(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
