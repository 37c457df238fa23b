# Every command a person types. `make` alone lists them; `perch <command> --help` explains the rest.

STAGE ?=
ARCH ?=
NAME ?=
BOT ?=
AT ?=
LOCAL ?=
ARGS ?=

# Looked up when it is used: one of the pipeline's builds is handed the command, elsewhere it is built here.
PERCH = $(shell bash scripts/perch-command)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ On this machine, without an account

.PHONY: demo
demo: perch ## Build the bots, apply staging offline, send a command, fire a schedule, show what is posted
	@$(PERCH) demo $(ARGS)

.PHONY: up
up: perch ## Run the bots until Ctrl-C, and follow the files: what is saved runs in seconds  [STAGE=staging] [NAME=hello]
	@$(PERCH) up $(if $(STAGE),--stage $(STAGE)) $(NAME) $(ARGS)

.PHONY: preview
preview: need-STAGE perch ## Show what your edits change, compared with the last apply here  STAGE=staging|production
	@$(PERCH) preview --stage $(STAGE) $(ARGS)

##@ Bots

.PHONY: new
new: need-NAME perch ## Create a new bot's folder  NAME=<name>  [ARGS='--kind modal'|event|schedule|job]
	@$(PERCH) new '$(NAME)' $(ARGS)

.PHONY: package
package: perch ## Build and zip the bots into dist/  [ARCH=arm64|x86_64] [NAME="tryo mendes"]
	@$(PERCH) package $(if $(ARCH),--arch $(ARCH)) $(NAME) $(ARGS)

.PHONY: secret
secret: need-STAGE need-NAME perch ## Set a secret, read without echo or from a pipe  STAGE=… NAME=slack-bot-token  [LOCAL=1]
	@$(PERCH) secret set --stage $(STAGE) $(if $(LOCAL),--local) '$(NAME)'

.PHONY: secrets
secrets: need-STAGE perch ## List a stage's secrets by name, and who reads them  STAGE=…  [LOCAL=1]
	@$(PERCH) secret list --stage $(STAGE) $(if $(LOCAL),--local) $(ARGS)

.PHONY: status
status: perch ## Show what runs on the local stage, or with STAGE which version of each bot is live on AWS  [STAGE=…] [LOCAL=1]
	@$(PERCH) status $(if $(STAGE),--stage $(STAGE)) $(if $(LOCAL),--local) $(ARGS)

.PHONY: log
log: perch ## Show what the bots log, on the local stage or with STAGE on AWS  [NAME=hello or a request id] [STAGE=…] [LOCAL=1] [ARGS=--follow]
	@$(PERCH) log $(NAME) $(if $(STAGE),--stage $(STAGE)) $(if $(LOCAL),--local) $(ARGS)

##@ On AWS, with your credentials

.PHONY: plan
plan: need-STAGE perch ## Show what an apply would change  STAGE=staging|production
	@$(PERCH) plan --stage $(STAGE) $(ARGS)

.PHONY: apply
apply: need-STAGE perch ## Check the secrets, then apply  STAGE=staging|production
	@$(PERCH) apply --stage $(STAGE) $(ARGS)

.PHONY: smoke
smoke: need-STAGE perch ## Smoke-test what the last apply changed; roll it back if it is unhealthy  STAGE=…  [LOCAL=1]
	@$(PERCH) smoke --stage $(STAGE) $(if $(LOCAL),--local) $(ARGS)

.PHONY: rollback
rollback: need-STAGE perch ## Move bots back to the previous version  STAGE=…  [BOT=tryo] [LOCAL=1]
	@$(PERCH) rollback --stage $(STAGE) $(if $(BOT),--bot '$(BOT)') $(if $(LOCAL),--local)

.PHONY: destroy
destroy: need-STAGE perch ## Take a stage down  STAGE=staging|production
	@$(PERCH) destroy --stage $(STAGE) $(ARGS)

##@ The pipeline

.PHONY: bootstrap
bootstrap: ## Create or update the pipeline and its webhook, as an administrator, with TF_VAR_github_token
	@bash scripts/bootstrap $(ARGS)

.PHONY: handover
handover: ## Collect in .perch/handover what the pipeline's next build needs  [STAGE=…]
	@bash scripts/handover $(STAGE)

.PHONY: rehearse
rehearse: perch ## Run the pipeline on this machine, from a push to production; asks for approval  [ARGS=--approve]
	@$(PERCH) rehearse $(ARGS)

##@ This repository

.PHONY: test
test: setup ## Run every test and check: formats, lints, crates, modules, roots, the demo, a rehearsal
	@bash scripts/test

.PHONY: check
check: setup ## Run what a push has to pass: formats, lints, the tests of bots, crates and modules
	@bash scripts/test check

.PHONY: check-blocks
check-blocks: perch ## Hold the table of Block Kit against Slack's own checker; needs a network  [ARGS=--json]
	@$(PERCH) check-blocks $(ARGS)

.PHONY: test-vectors
test-vectors: ## Run only the Slack request cases  [PERCH_VECTORS=<folder with *.jsonl>]
	@cargo test --quiet --package perch --test it vectors -- --nocapture

.PHONY: lint
lint: setup ## Check formats, lints and docs
	@bash scripts/test lint

.PHONY: deny
deny: setup ## Check licences, sources and dependencies against deny.toml  [ARGS=advisories for RustSec's database]
	@bash scripts/deny $(ARGS)

.PHONY: docs
docs: ## Update the variables and outputs in the READMEs of Terraform's modules and roots
	@UPDATE=1 cargo test --locked --quiet --package terraform-provider-offline --test it documentation

.PHONY: timezones
timezones: ## Update the list of time zones for function.yaml from jiff's database
	@UPDATE=1 cargo test --locked --quiet --package perch-schedule --test it timezones

.PHONY: loop-times
loop-times: perch ## Measure, with real edits, how long it takes from a save to the answer
	@bash scripts/loop-times $(ARGS)

.PHONY: bench
bench: perch ## Measure Perch's bot beside its peers, and write docs/performance.md  [ARGS='--only floor,perch,go']
	@cargo build --locked --release --quiet --package perch-bench
	@# Not by `cargo run`: with what that tells a program of its package, the peers' build scripts would run again.
	@"$${CARGO_TARGET_DIR:-target}/release/perch-bench" $(ARGS)

.PHONY: setup
setup: ## Install the pinned tools into .perch/tools (every target does that when necessary)
	@bash scripts/setup-tools

.PHONY: clean
clean: ## Remove everything that was built and installed: target, dist, .perch
	rm -rf target dist .perch

# Before anything is built, a missing variable prints the usage.
.PHONY: need-STAGE need-NAME
need-STAGE need-NAME: need-%:
	@[ -n "$($*)" ] || { printf 'perch: $* is missing; for example: make $(firstword $(MAKECMDGOALS)) $(strip $(if $(filter-out new,$(firstword $(MAKECMDGOALS))),STAGE=staging) $(if $(filter new secret,$(firstword $(MAKECMDGOALS))),NAME=$(if $(filter new,$(MAKECMDGOALS)),hello,slack-bot-token)))\n' >&2; exit 2; }

.PHONY: perch
perch: setup
	@bash scripts/build-perch
