# What only several functions together, a folder or a zip can have wrong; and that one problem stops everything.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  dist_dir = "./tests/fixtures/dist"
  stage    = "staging"
}

run "two_functions_on_one_route_are_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["ask", "bot", "tryo"] : name => "./tests/fixtures/one-route/${name}" }
  }

  assert {
    condition     = output.problems == ["one-route/ask/function.yaml, one-route/tryo/function.yaml: route: all declare POST /same on production and staging: give all but one a different path"]
    error_message = join("\n", output.problems)
  }
}

run "staging_refuses_what_would_share_a_route_on_production" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["ask", "tryo"] : name => "./tests/fixtures/one-route-on-production/${name}" }
  }

  assert {
    condition     = output.problems == ["one-route-on-production/ask/function.yaml, one-route-on-production/tryo/function.yaml: route: all declare POST /tryo on production: give all but one a different path"]
    error_message = join("\n", output.problems)
  }
}

run "a_folder_with_a_cargo_toml_alone_is_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["ask", "bot"] : name => "./tests/fixtures/no-yaml/${name}" }
  }

  assert {
    condition     = output.problems == ["no-yaml/bot/function.yaml: missing, but its folder has a Cargo.toml: write it, or move the folder to crates/ if it is not a function"]
    error_message = join("\n", output.problems)
  }
}

run "a_function_named_as_anothers_schedule_is_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["bot", "digest", "digest-schedule"] : name => "./tests/fixtures/twins/${name}" }
  }

  assert {
    condition     = output.problems == ["twins/digest, twins/digest-schedule: would all have the role perch-<stage>-digest-schedule: rename all but one of the folders"]
    error_message = join("\n", output.problems)
  }
}

run "without_a_schedule_the_name_is_free" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["bot", "digest-schedule"] : name => "./tests/fixtures/twins/${name}" }
  }

  assert {
    condition     = length(output.problems) == 0
    error_message = join("\n", output.problems)
  }
}

run "names_of_other_letters_are_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in ["2ask", "Ask", "ask_me"] : name => "./tests/fixtures/bad-names/${name}" }
  }

  assert {
    condition     = [for problem in output.problems : problem if !endswith(problem, "missing: run make package")] == [for name in ["2ask", "Ask", "ask_me"] : "bad-names/${name}: a function's name is lower-case letters, digits and hyphens, and starts with a letter: rename the folder"]
    error_message = join("\n", output.problems)
  }
}

# A role has at most 64 characters: 47 for a routed function's name, 38 for a scheduled one's, on production.
run "names_that_fill_their_roles_are_accepted_and_one_letter_more_is_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { for name in [for size in [["r", 47], ["r", 48], ["s", 38], ["s", 39]] : join("", [for count in range(size[1]) : size[0]])] : name => "./tests/fixtures/long-names/${name}" }
  }

  assert {
    condition = [for problem in output.problems : problem if !endswith(problem, "missing: run make package")] == [
      "long-names/rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr: its role perch-production-rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr would have 65 characters but IAM allows 64: rename the folder to a name that is shorter by 1",
      "long-names/sssssssssssssssssssssssssssssssssssssss: its role perch-production-sssssssssssssssssssssssssssssssssssssss-schedule would have 65 characters but IAM allows 64: rename the folder to a name that is shorter by 1",
    ]
    error_message = join("\n", output.problems)
  }
}

run "a_missing_zip_is_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = { nobody = "./tests/fixtures/no-zip/nobody" }
  }

  assert {
    condition     = output.problems == ["dist/nobody.zip: missing: run make package"]
    error_message = join("\n", output.problems)
  }
}

run "an_unknown_stage_is_refused" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    folders = {}
    stage   = "prod"
  }

  expect_failures = [var.stage]
}

run "no_problem_lets_the_functions_through" {
  command = plan

  module {
    source = "./accepted"
  }

  variables {
    functions = { ask = { environment = {}, memory = 128, route = "POST /ask", secrets = {}, timeout = 10, zip = "dist/ask.zip" } }
    problems  = []
  }

  assert {
    condition     = join(" ", keys(output.stage.functions)) == "ask" && output.stage.functions.ask.schedule == null && output.stage.functions.ask.concurrency == null && output.stage.name == "perch-staging"
    error_message = "the functions must come out as they went in"
  }
}

run "one_problem_lets_nothing_through" {
  command = plan

  module {
    source = "./accepted"
  }

  variables {
    functions = { ask = { environment = {}, memory = 128, route = "POST /ask", secrets = {}, timeout = 10, zip = "dist/ask.zip" } }
    problems  = ["functions/tryo/function.yaml: is empty: write at least route: POST /tryo"]
  }

  expect_failures = [output.stage]
}
