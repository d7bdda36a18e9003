# The lab: both sites on this computer, the whole loop, checked from outside.
#   make lab                                     the three machines
#   make lab IMAGE=disk.raw WRITES=writes.jsonl  your own disk as well
#   make lab KILL=mt-home@failback/release       a process killed in the middle of a step
#   make lab PROFILE=small MACHINES=app-01       a smaller one
#   make lab TLS=1                               over mutual TLS
PROFILE ?= full
MACHINES ?= web-01,app-01,db-01

.PHONY: lab kill-matrix agent-kills resumed-copy loaded-run no-space chaos-vault plan-soak statements worst-days workflow-kinds exhaustive compare-cost
lab: setup ## Run the whole loop on real disks (LAB_DIR, PROFILE, MACHINES, IMAGE, WRITES, KILL, TLS)
	$(BUILD)
	"$$($(SWIFT) build --show-bin-path)/homeward" lab run --dir "$(LAB_DIR)" --replace --profile "$(PROFILE)" \
	  --machines "$(MACHINES)" $(if $(IMAGE),--image "$(IMAGE)") $(if $(WRITES),--writes "$(WRITES)") \
	  $(if $(KILL),--kill "$(KILL)") $(if $(TLS),--tls)

KILL_DIR ?= kill-matrix

kill-matrix: setup ## Kill every process in every step of reprotect and failback (40 minutes at most; KILL_DIR goes on)
	$(BUILD)
	python3 Tests/Integration/kills.py "$$($(SWIFT) build --show-bin-path)" matrix "$(KILL_DIR)"

statements: setup ## What the source documents say of a failback, on real processes (4 minutes at most, mostly waiting)
	$(BUILD)
	python3 Tests/Integration/statements.py "$$($(SWIFT) build --show-bin-path)"

agent-kills: setup ## Kill -9 a machine's agent 200 times (KILLS) while its guest writes: no changed block may be missed
	$(BUILD)
	python3 Tests/Integration/agent_kills.py "$$($(SWIFT) build --show-bin-path)" "$(or $(KILLS),200)"

resumed-copy: setup ## A full copy with a kill -9 of each of its processes: what is sent again is counted (a minute)
	$(BUILD)
	python3 Tests/Integration/resumed_copy.py "$$($(SWIFT) build --show-bin-path)"

loaded-run: setup ## Judge every recovery point of three machines that write for 10 minutes (RUN_SECONDS), group points too
	$(BUILD)
	python3 Tests/Integration/loaded_run.py "$$($(SWIFT) build --show-bin-path)" "$(or $(RUN_SECONDS),600)"

no-space: setup ## Spool, staging, retention and overlay run full under a protected machine (a minute; needs mount)
	$(BUILD)
	python3 Tests/Integration/no_space.py "$$($(SWIFT) build --show-bin-path)"

chaos-vault: setup ## Kill -9 the vault 500 times (KILLS, SEED) while machines fail over and back (30 minutes at most)
	$(BUILD)
	python3 Tests/Integration/chaos_vault.py "$$($(SWIFT) build --show-bin-path)" "$(or $(KILLS),500)" "$(or $(SEED),1)"

plan-soak: setup ## A recovery plan of 20 items goes out and home three times, scripts failing (12 minutes)
	$(BUILD)
	python3 Tests/Integration/plan_soak.py "$$($(SWIFT) build --show-bin-path)"

KILLS_OF_A_KIND ?= 12
workflow-kinds: setup ## Each kind of workflow killed KILLS_OF_A_KIND times, refused and cancelled anywhere (6 minutes)
	$(BUILD) --build-tests
	HOMEWARD_KILLS_OF_A_KIND=$(KILLS_OF_A_KIND) $(UNIT) --filter WorkflowKindTests

KINDS ?= *
exhaustive: setup ## Each workflow, each step, each kind of fault, before and after: a table (8 minutes; KINDS='failback*,commit')
	$(BUILD) --build-tests
	HOMEWARD_EXHAUSTIVE='$(KINDS)' $(UNIT) --filter ExhaustiveTests

compare-cost: setup ## Bytes of digests that a comparison takes: leaves only, and by ranges (1 minute)
	$(BUILD) --build-tests
	HOMEWARD_COMPARE_COST=1 $(UNIT) --filter ComparisonCostTests

worst-days: setup ## Sites that die or are said to, vaults of every age, calls that come late, replicas that are gone: nine scripts (9 minutes)
	$(BUILD)
	set -e; bin=$$($(SWIFT) build --show-bin-path); for day in cloud_dead vault_phases vault_restored stated_falsely \
	  late_and_foreign given_up_unseen two_vaults home_down lost_replica; do echo "== $$day"; python3 Tests/Integration/$$day.py "$$bin"; done
