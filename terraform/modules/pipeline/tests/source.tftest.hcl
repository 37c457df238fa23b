# What the pipeline is told to ship: every check, what is just accepted beside what is just refused.

variables {
  branch     = "main"
  kind       = "webhook"
  owner      = "acme"
  repository = "bots"
  token      = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
}

run "a_classic_token_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  assert {
    condition     = nonsensitive(output.token) == "ghp_0123456789abcdefghijABCDEFGHIJ012345" && issensitive(output.token)
    error_message = "it must be accepted as it is"
  }
}

run "a_fine_grained_token_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "github_pat_11ABCDEFG0123456789abc_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHI"
  }

  assert {
    condition     = nonsensitive(output.token) == var.token
    error_message = "it must be accepted as it is"
  }
}

run "a_token_of_an_oauth_app_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "gho_0123456789abcdefghijABCDEFGHIJ012345"
  }

  assert {
    condition     = nonsensitive(output.token) == var.token
    error_message = "it must be accepted as it is"
  }
}

run "no_token_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = ""
  }

  expect_failures = [var.token]
}

run "a_blank_token_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "   "
  }

  expect_failures = [var.token]
}

run "a_token_with_its_line_end_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "ghp_0123456789abcdefghijABCDEFGHIJ012345\n"
  }

  expect_failures = [var.token]
}

run "a_token_in_quotes_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "\"ghp_0123456789abcdefghijABCDEFGHIJ012345\""
  }

  expect_failures = [var.token]
}

run "a_token_cut_short_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "ghp_0123456789abcdefghijABCDEFGHIJ01234"
  }

  expect_failures = [var.token]
}

run "a_placeholder_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
  }

  expect_failures = [var.token]
}

run "a_word_for_a_token_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "your-token"
  }

  expect_failures = [var.token]
}

run "a_password_for_a_token_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "0123456789abcdef0123456789abcdef01234567"
  }

  expect_failures = [var.token]
}

run "a_token_that_ends_within_hours_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    token = "ghs_0123456789abcdefghijABCDEFGHIJ012345"
  }

  expect_failures = [var.token]
}

run "a_connection_needs_no_token" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    kind  = "connection"
    token = ""
  }

  assert {
    condition     = output.token == null && output.code.kind == "connection"
    error_message = "it must be accepted as it is"
  }
}

run "a_connection_may_have_a_token_to_take_a_webhook_away" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    kind = "connection"
  }

  assert {
    condition     = nonsensitive(output.token) == var.token && output.code.kind == "connection"
    error_message = "it must be accepted as it is"
  }
}

run "a_kind_that_is_neither_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    kind  = "polling"
    token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
  }

  expect_failures = [var.kind]
}

run "a_branch_with_slashes_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "release/2026-01"
  }

  assert {
    condition     = output.code == { branch = "release/2026-01", kind = "webhook", owner = "acme", repository = "bots" }
    error_message = "it must be accepted as it is"
  }
}

run "no_branch_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = ""
  }

  expect_failures = [var.branch]
}

run "a_branch_as_a_ref_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "refs/heads/main"
  }

  expect_failures = [var.branch]
}

run "a_branch_with_a_blank_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "my branch"
  }

  expect_failures = [var.branch]
}

run "a_branch_with_a_star_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "release/*"
  }

  expect_failures = [var.branch]
}

run "a_branch_with_two_dots_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "a..b"
  }

  expect_failures = [var.branch]
}

run "a_branch_with_a_slash_last_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    branch = "main/"
  }

  expect_failures = [var.branch]
}

run "an_owner_with_hyphens_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = "acme-labs-2"
  }

  assert {
    condition     = output.code.owner == "acme-labs-2"
    error_message = "it must be accepted as it is"
  }
}

run "no_owner_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = ""
  }

  expect_failures = [var.owner]
}

run "an_owner_with_the_repository_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = "acme/bots"
  }

  expect_failures = [var.owner]
}

run "an_owner_as_an_address_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = "https://github.com/acme"
  }

  expect_failures = [var.owner]
}

run "an_owner_with_40_characters_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.owner]
}

run "an_owner_with_39_characters_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    owner = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  assert {
    condition     = length(output.code.owner) == 39
    error_message = "it must be accepted as it is"
  }
}

run "a_repository_with_dots_is_accepted" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = ".github_bots-2"
  }

  assert {
    condition     = output.code.repository == ".github_bots-2"
    error_message = "it must be accepted as it is"
  }
}

run "no_repository_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = ""
  }

  expect_failures = [var.repository]
}

run "a_repository_with_its_owner_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = "acme/bots"
  }

  expect_failures = [var.repository]
}

run "a_repository_with_git_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = "bots.git"
  }

  expect_failures = [var.repository]
}

run "a_repository_of_two_dots_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = ".."
  }

  expect_failures = [var.repository]
}

run "a_repository_with_a_blank_is_refused" {
  command = plan

  module {
    source = "./source"
  }

  variables {
    repository = "my bots"
  }

  expect_failures = [var.repository]
}
