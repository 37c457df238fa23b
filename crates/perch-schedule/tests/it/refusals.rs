//! Every refusal says which field, what is wrong and what to write; its accepted twin stands beside it.

use perch_schedule::Schedule;

/// `refused` fails with exactly `message`; `accepted`, which follows its advice, does not fail.
fn check(refused: &str, message: &str, accepted: &str) {
    match Schedule::parse(refused, "UTC") {
        Ok(_) => panic!("{refused} was accepted"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
    if let Err(error) = Schedule::parse(accepted, "UTC") {
        panic!("{accepted}: {error}");
    }
}

const SIX: &str = "must have six: minutes hours day-of-month month day-of-week year";

#[test]
fn five_fields_of_a_crontab() {
    check(
        "cron(*/10 9-19 * * MON-FRI)",
        &format!(
            "`cron(*/10 9-19 * * MON-FRI)` has 5 fields but {SIX}; a crontab's five would be `cron(*/10 9-19 ? * MON-FRI *)`"
        ),
        "cron(*/10 9-19 ? * MON-FRI *)",
    );
    // Numbers of days differ: a crontab's Monday is 1, Scheduler's is 2.
    check(
        "cron(0 9 * * 1-5)",
        &format!(
            "`cron(0 9 * * 1-5)` has 5 fields but {SIX}; a crontab's five would be `cron(0 9 ? * MON-FRI *)`"
        ),
        "cron(0 9 ? * MON-FRI *)",
    );
    check(
        "cron(0 9 1 * *)",
        &format!(
            "`cron(0 9 1 * *)` has 5 fields but {SIX}; a crontab's five would be `cron(0 9 1 * ? *)`"
        ),
        "cron(0 9 1 * ? *)",
    );
    // A crontab means "or" here, which takes two schedules.
    check(
        "cron(0 9 1 * MON)",
        &format!("`cron(0 9 1 * MON)` has 5 fields but {SIX}"),
        "cron(0 9 1 * ? *)",
    );
}

#[test]
fn other_numbers_of_fields() {
    check(
        "cron(0 0 9 ? * MON-FRI *)",
        &format!("`cron(0 0 9 ? * MON-FRI *)` has 7 fields but {SIX}; there are no seconds"),
        "cron(0 9 ? * MON-FRI *)",
    );
    check(
        "cron(0)",
        &format!("`cron(0)` has 1 field but {SIX}"),
        "cron(0 9 ? * MON-FRI *)",
    );
    check(
        "cron()",
        &format!("`cron()` has 0 fields but {SIX}"),
        "cron(0 9 ? * MON-FRI *)",
    );
}

#[test]
fn forms_that_are_none() {
    check(
        "0 9 ? * MON-FRI *",
        "`0 9 ? * MON-FRI *` is not a schedule expression; write `cron(0 9 ? * MON-FRI *)`",
        "cron(0 9 ? * MON-FRI *)",
    );
    let forms = "write cron(minutes hours day-of-month month day-of-week year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)";
    for text in [
        "",
        "hourly",
        "every(5 minutes)",
        "cron(0 9 ? * MON-FRI *",
        "CRON(0 9 ? * MON-FRI *)",
        " rate(1 day)",
    ] {
        check(
            text,
            &format!("`{text}` is not a schedule expression; {forms}"),
            "rate(1 day)",
        );
    }
}

#[test]
fn day_of_month_and_day_of_week() {
    check(
        "cron(0 9 * * MON-FRI *)",
        "day-of-month `*` and day-of-week `MON-FRI` cannot both be given; write `?` in day-of-month",
        "cron(0 9 ? * MON-FRI *)",
    );
    check(
        "cron(0 9 * * * *)",
        "day-of-month `*` and day-of-week `*` cannot both be given; write `?` in day-of-week",
        "cron(0 9 * * ? *)",
    );
    check(
        "cron(0 9 ? * ? *)",
        "day-of-month and day-of-week are both `?`; write `*` in one of them for every day",
        "cron(0 9 ? * * *)",
    );
    check(
        "cron(0 9 1 * MON *)",
        "day-of-month `1` and day-of-week `MON` cannot both be given; write `?` in one of them, and use a second schedule for the other",
        "cron(0 9 1 * ? *)",
    );
}

#[test]
fn values_out_of_range() {
    check(
        "cron(60 9 * * ? *)",
        "minutes `60`: `60` is not one of 0-59",
        "cron(59 9 * * ? *)",
    );
    check(
        "cron(0 24 * * ? *)",
        "hours `24`: `24` is not one of 0-23",
        "cron(0 23 * * ? *)",
    );
    check(
        "cron(0 0 0 * ? *)",
        "day-of-month `0`: `0` is not one of 1-31",
        "cron(0 0 1 * ? *)",
    );
    check(
        "cron(0 0 1 13 ? *)",
        "month `13`: `13` is not one of 1-12 or JAN-DEC",
        "cron(0 0 1 12 ? *)",
    );
    check(
        "cron(0 0 ? * 0 *)",
        "day-of-week `0`: `0` is not one of 1-7 (1 is Sunday) or SUN-SAT",
        "cron(0 0 ? * 1 *)",
    );
    check(
        "cron(0 0 ? * MON-FRY *)",
        "day-of-week `MON-FRY`: `FRY` is not one of 1-7 (1 is Sunday) or SUN-SAT",
        "cron(0 0 ? * MON-FRI *)",
    );
    check(
        "cron(0 0 * * ? 1969)",
        "year `1969`: `1969` is not one of 1970-2199",
        "cron(0 0 * * ? 1970)",
    );
    check(
        "cron(0 0 * * ? 2200)",
        "year `2200`: `2200` is not one of 1970-2199",
        "cron(0 0 * * ? 2199)",
    );
    check(
        "cron(99999999999 0 * * ? *)",
        "minutes `99999999999`: `99999999999` is not one of 0-59",
        "cron(9 0 * * ? *)",
    );
    check(
        "cron(+5 0 * * ? *)",
        "minutes `+5`: `+5` is not one of 0-59",
        "cron(5 0 * * ? *)",
    );
    check(
        "cron(1, 0 * * ? *)",
        "minutes `1,`: an empty value is not one of 0-59",
        "cron(1 0 * * ? *)",
    );
    check(
        "cron(? 0 * * ? *)",
        "minutes `?`: `?` is not one of 0-59",
        "cron(* 0 * * ? *)",
    );
    check(
        "cron(0 0 * ? ? *)",
        "month `?`: `?` is not one of 1-12 or JAN-DEC",
        "cron(0 0 * * ? *)",
    );
}

#[test]
fn steps() {
    check(
        "cron(*/0 0 * * ? *)",
        "minutes `*/0`: the step after `/` must be 1-59, not `0`",
        "cron(*/1 0 * * ? *)",
    );
    check(
        "cron(*/60 0 * * ? *)",
        "minutes `*/60`: the step after `/` must be 1-59, not `60`",
        "cron(*/59 0 * * ? *)",
    );
    check(
        "cron(0 */x * * ? *)",
        "hours `*/x`: the step after `/` must be 1-23, not `x`",
        "cron(0 */2 * * ? *)",
    );
    check(
        "cron(/5 0 * * ? *)",
        "minutes `/5`: an empty value is not one of 0-59",
        "cron(0/5 0 * * ? *)",
    );
    check(
        "cron(0 0 ? * MON-FRI/2 *)",
        "day-of-week `MON-FRI/2`: days of the week take no steps; list them, for example `MON,WED,FRI`",
        "cron(0 0 ? * MON,WED,FRI *)",
    );
}

#[test]
fn ranges_that_run_backwards() {
    check(
        "cron(0 22-6 * * ? *)",
        "hours `22-6`: the range `22-6` runs backwards; write `22-23,0-6`",
        "cron(0 22-23,0-6 * * ? *)",
    );
    check(
        "cron(0 0 ? * FRI-MON *)",
        "day-of-week `FRI-MON`: the range `FRI-MON` runs backwards; write `FRI-SAT,SUN-MON`",
        "cron(0 0 ? * FRI-SAT,SUN-MON *)",
    );
    // The other way round it would be every day.
    check(
        "cron(0 0 ? * SAT-SUN *)",
        "day-of-week `SAT-SUN`: the range `SAT-SUN` runs backwards; write `SAT,SUN`",
        "cron(0 0 ? * SAT,SUN *)",
    );
    check(
        "cron(0 0 * * ? 2030-2026)",
        "year `2030-2026`: the range `2030-2026` runs backwards; write `2026-2030`",
        "cron(0 0 * * ? 2026-2030)",
    );
}

#[test]
fn last_nearest_and_nth() {
    check(
        "cron(0 0 1,L * ? *)",
        "day-of-month `1,L`: `L` means the last day of the month and takes no list or range",
        "cron(0 0 L * ? *)",
    );
    check(
        "cron(0 0 L-31 * ? *)",
        "day-of-month `L-31`: days before the last are 1-30; write for example `L-3`",
        "cron(0 0 L-30 * ? *)",
    );
    check(
        "cron(0 0 1,15W * ? *)",
        "day-of-month `1,15W`: `W` follows one day, with no list or range; write for example `15W`",
        "cron(0 0 15W * ? *)",
    );
    check(
        "cron(0 0 W * ? *)",
        "day-of-month `W`: `W` follows one day, with no list or range; write for example `15W`",
        "cron(0 0 31W * ? *)",
    );
    let last = "`L` follows one day, with no list or range; write for example `6L` or `FRIL`";
    check(
        "cron(0 0 ? * MON,FRIL *)",
        &format!("day-of-week `MON,FRIL`: {last}"),
        "cron(0 0 ? * FRIL *)",
    );
    check(
        "cron(0 0 ? * 8L *)",
        &format!("day-of-week `8L`: {last}"),
        "cron(0 0 ? * 7L *)",
    );
    let nth =
        "`#` joins a day and which one of the month it is, 1-5; write for example `3#2` or `TUE#2`";
    for text in ["3#6", "3#0", "3#", "#2", "8#1", "3#+2", "3#1,6#3"] {
        check(
            &format!("cron(0 0 ? * {text} *)"),
            &format!("day-of-week `{text}`: {nth}"),
            "cron(0 0 ? * 3#5 *)",
        );
    }
    // `W` is for days of the month, `#` for days of the week.
    check(
        "cron(0 0 ? * 3W *)",
        "day-of-week `3W`: `3W` is not one of 1-7 (1 is Sunday) or SUN-SAT",
        "cron(0 0 3W * ? *)",
    );
    check(
        "cron(0 0 3#2 * ? *)",
        "day-of-month `3#2`: `3#2` is not one of 1-31",
        "cron(0 0 ? * 3#2 *)",
    );
}

#[test]
fn rates() {
    check(
        "rate(1 minutes)",
        "the unit of `rate(1 minutes)` must agree with its value; write `rate(1 minute)`",
        "rate(1 minute)",
    );
    check(
        "rate(5 hour)",
        "the unit of `rate(5 hour)` must agree with its value; write `rate(5 hours)`",
        "rate(5 hours)",
    );
    check(
        "rate(1 week)",
        "the unit of `rate(1 week)` must be minutes, hours or days, not `week`",
        "rate(7 days)",
    );
    check(
        "rate(5minutes)",
        "`rate(5minutes)` must have a value and a unit; write for example `rate(5 minutes)`",
        "rate(5 minutes)",
    );
    for value in ["0", "-1", "+1", "1.5", "4294967296"] {
        check(
            &format!("rate({value} days)"),
            &format!(
                "the value of `rate({value} days)` must be a positive whole number, not `{value}`; write for example `rate(5 minutes)`"
            ),
            "rate(4294967295 days)",
        );
    }
}

#[test]
fn at_times() {
    for time in [
        "2026-02-30T09:00:00",
        "2026-02-28T24:00:00",
        "2026-02-28T09:00",
        "2026-02-28 09:00:00",
        "2026-02-28T09:00:00Z",
        "2026-2-28T09:00:000",
        "",
        "２026-02-28T09:00",
    ] {
        check(
            &format!("at({time})"),
            &format!(
                "`at({time})` must be an existing date and time without an offset or time zone; write for example `at(2026-03-31T09:00:00)`"
            ),
            "at(2026-03-31T09:00:00)",
        );
    }
}

#[test]
fn timezones() {
    let refused = |timezone: &str| {
        Schedule::parse("rate(1 day)", timezone)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        refused("asia/tokyo").as_deref(),
        Some("time zone `asia/tokyo` is misspelt; write `Asia/Tokyo`")
    );
    for unknown in [
        "",
        "Tokyo",
        "JST",
        "UTC+9",
        "Asia/Tokio",
        "../../etc/passwd",
    ] {
        assert_eq!(
            refused(unknown),
            Some(format!(
                "time zone `{unknown}` is unknown; write an IANA name such as Asia/Tokyo, America/New_York or UTC"
            ))
        );
    }
    for known in [
        "UTC",
        "Asia/Tokyo",
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",
        "America/Argentina/Ushuaia",
    ] {
        assert_eq!(refused(known), None);
    }
}
