# The lab: both sites on this computer, the whole loop, checked from outside.
#   make lab                                     the ledger machine
#   make lab IMAGE=disk.raw WRITES=writes.jsonl  your own disk as well
PROFILE ?= small
MACHINES ?= app-01

.PHONY: lab
lab: setup ## Run the whole loop on real disks (LAB_DIR, PROFILE, IMAGE, WRITES, KILL)
	$(SWIFT) build
	"$$($(SWIFT) build --show-bin-path)/homeward" lab run --dir "$(LAB_DIR)" --replace --profile "$(PROFILE)" \
	  --machines "$(MACHINES)" $(if $(IMAGE),--image "$(IMAGE)") $(if $(WRITES),--writes "$(WRITES)") \
	  $(if $(KILL),--kill "$(KILL)")
