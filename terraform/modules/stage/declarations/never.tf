# Schedules that EventBridge Scheduler takes and never fires: a day that none of the months has, or years that are over. A
# warning, because what was right last year is no mistake in what is applied today. The fifth of a weekday is taken to exist in
# every month of 29 days; the crate perch-schedule, which counts days, says it exactly in `perch status`.

locals {
  # Yesterday in UTC, which no time zone is behind.
  yesterday = tonumber(formatdate("YYYYMMDD", timeadd(plantimestamp(), "-24h")))
  this_year = floor(local.yesterday / 10000)

  crons_here = {
    for name, stages in local.merged : name => split(" ", stages[var.stage].schedule.cron)
    if stages[var.stage].schedule != null && stages[var.stage].enabled && length([for problem in local.own_problems : problem if problem.name == name]) == 0
  }
  # Each item of a list: from, to and step.
  cron_items = {
    for name, fields in local.crons_here : name => {
      for field, range in local.cron_ranges : field => [
        for item in split(",", fields[range.at]) : regex("^(?P<from>[^-/]+)(?:-(?P<to>[^/]+))?(?:/(?P<step>.+))?$", item)
      ]
      if can(regex("^[A-Z0-9*,/-]+$", fields[range.at])) && !can(regex("^L|W$", fields[range.at]))
    }
  }
  cron_ranges = {
    day   = { at = 2, minimum = 1, maximum = 31 }
    month = { at = 3, minimum = 1, maximum = 12 }
    year  = { at = 5, minimum = 1970, maximum = 2199 }
  }
  cron_sets = {
    for name, fields in local.cron_items : name => {
      for field, items in fields : field => distinct(flatten([
        for item in items : range(
          item.from == "*" ? local.cron_ranges[field].minimum : tonumber(lookup(local.cron_names, item.from, item.from)),
          1 + (item.to != null ? tonumber(lookup(local.cron_names, coalesce(item.to, "1"), coalesce(item.to, "1"))) : item.from == "*" || item.step != null ? local.cron_ranges[field].maximum : tonumber(lookup(local.cron_names, item.from, item.from))),
          tonumber(coalesce(item.step, "1")),
        )
      ]))
    }
  }

  cron_days = {
    for name, fields in local.crons_here : name => lookup(local.cron_sets[name], "day", can(regex("^[0-9]+W$", fields[2])) ? [tonumber(trimsuffix(fields[2], "W"))] : [])
  }

  # Those that may never fire: in every year, every month has all days up to the 28th, and a last one.
  doubtful = {
    for name, fields in local.crons_here : name => {
      # No days are the last one, or a weekday's, which is at the month's end at the latest.
      days   = local.cron_days[name]
      before = can(regex("^L-[0-9]+$", fields[2])) ? tonumber(trimprefix(fields[2], "L-")) : 0
      least  = endswith(fields[4], "#5") ? 29 : 1
      months = local.cron_sets[name].month
      # A leap year comes within nine.
      years = [for index, year in [for year in local.cron_sets[name].year : year if year >= local.this_year] : year if index < 9]
    }
    if fields[5] != "*" || endswith(fields[4], "#5") || can(regex("^L-(?:2[89]|30)$", fields[2])) || min(concat(local.cron_days[name], [99])...) > 28 && length(local.cron_days[name]) > 0
  }
  # The days that each has left.
  days_left = {
    for name, cron in local.doubtful : name => flatten([
      for year in cron.years : [
        for month in cron.months : [
          for last in [month == 2 ? (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28) : contains([4, 6, 9, 11], month) ? 30 : 31] : [
            for day in length(cron.days) > 0 ? cron.days : [last - cron.before] : true
            if day >= 1 && day <= last && last >= cron.least && year * 10000 + month * 100 + day >= local.yesterday
          ]
        ]
      ]
    ])
  }

  warnings = [
    for name, left in local.days_left : "${local.labels[name]}: schedule.cron: \"${join(" ", local.crons_here[name])}\" never fires${length(local.doubtful[name].years) > 0 ? ", as none of its months has such a day" : " any more, as its years are over"}: correct it, or write enabled: false"
    if length(left) == 0
  ]
}
