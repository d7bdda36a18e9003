# The whole cycle of one machine with all real services in a simulated world, with processes killed at seeded instants.
#   make sim SEEDS=500               each seed twice; the failing ones are named last
#   make sim SEEDS=50 FIRST=1001     other seeds
SEEDS ?= 100
FIRST ?= 1

.PHONY: sim
sim: setup ## Run the simulated cycle for many seeds (SEEDS, FIRST), each twice
	$(SWIFT) build --product cycle-seeds
	"$$($(SWIFT) build --show-bin-path)/cycle-seeds" "$(SEEDS)" "$(FIRST)"
