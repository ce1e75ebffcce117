//! What the console says about background work and the trail.

use crate::console::work::flush::Standing;
use backstop_domain::schedule::Beat;

/// What is always said alike, and what is said with a number or a name in it.
macro_rules! words {
    ($($name:ident)+; $($(#[$doc:meta])* $told:ident: $kind:ty,)+) => {
        pub(in crate::console) struct WorkWords {
            $(pub(in crate::console) $name: &'static str,)+
            $($(#[$doc])* pub(in crate::console) $told: $kind,)+
        }
    };
}

words! {
    entry_title entry_account export_csv export_json mail_title mail_task run_title run_others run_lines task_title
    task_mail task_retry task_retry_what task_retry_button task_remove task_remove_what task_remove_sure
    task_remove_button flush flush_what flush_which flush_button flush_unknown next_runs next_none next_none_paused
    preview_button preview_unread schedule_title schedule_new schedule_create_button schedule_edit
    schedule_edit_title schedule_back schedule_is_paused schedule_runs schedule_tasks schedule_run schedule_run_what
    schedule_run_at schedule_run_button schedule_pause schedule_pause_what schedule_pause_button schedule_resume
    schedule_resume_what schedule_resume_button schedule_remove schedule_remove_what schedule_remove_button
    schedule_too_early schedule_paused_run schedule_changed_meanwhile schedule_name_taken bad_time bad_choice
    bad_schedule_name bad_days bad_first_run bad_rhythm bad_zone first_run_hint every_hint time_zone_hint
    delete_empty_tick log_run_tick enabled_tick changed_by_more;
    /// Who did it, where a schedule of this name did.
    by_schedule: fn(&str) -> String,
    /// From how many sets a run took anything, and how many of them are told.
    run_sets: fn(u64, usize) -> String,
    flush_sure: fn(&Standing) -> String,
    /// By whose clock a time is meant.
    schedule_run_hint: fn(&str) -> String,
    schedule_remove_sure: fn(&str) -> String,
    /// For how many days entries of the trail are kept whatever is said.
    retention_hint: fn(u32) -> String,
    every: fn(u16, Beat) -> String,
    /// Who saved it meanwhile.
    changed_by: fn(&str) -> String,
}
