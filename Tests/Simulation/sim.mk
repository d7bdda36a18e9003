# The whole cycle of one machine with all real services in a simulated world, with kills, partitions, clocks that jump
# and processes that stand still, all at seeded instants.
#   make sim SEEDS=500               each seed twice; the failing ones are named last
#   make sim SEEDS=50 FIRST=1001     other seeds
SEEDS ?= 100
FIRST ?= 1

# Change tracking at seeded instants of power loss and kill -9: unsynced writes are dropped or torn, no block may be
# forgotten, and after the next interval both copies are equal.
#   make crash-points POINTS=10000
POINTS ?= 10000

# Bugs of naive designs, one by one in a copy of the sources; see Tests/PlantedBugs/README.md.
#   make planted-bugs BUG='hour ago'
BUG ?=
TREE ?= .build-planted

.PHONY: sim crash-points failpoints damage planted-bugs
failpoints: setup ## kill -9 of agent, process server and master target at every failpoint of their path, as a table
	$(BUILD) --build-tests
	HOMEWARD_FAILPOINTS=all $(UNIT) --filter '(MasterTarget|MobilityAgent|ProcessServer|Group|CodeTidy)Tests.FailpointTests'

damage: setup ## Turn a bit in every kind of file that agent, process server and master target keep of a machine
	$(BUILD) --build-tests
	HOMEWARD_DAMAGE=all $(UNIT) --filter 'DamageTests|DecayTests|SidecarLossTests|SpoolLossTests|(Replicas|ProcessServer)Tests.*(decay|damage|flipped|cut off)'

planted-bugs: setup ## Plant each bug of Tests/PlantedBugs: the test of its scenario must fail (40 minutes; BUG for one)
	python3 Tests/PlantedBugs/planted.py "$(TREE)" $(if $(BUG),'$(BUG)')

sim: setup ## Run the simulated cycle for many seeds (SEEDS, FIRST), each twice
	$(BUILD) --product cycle-seeds
	"$$($(SWIFT) build --show-bin-path)/cycle-seeds" "$(SEEDS)" "$(FIRST)"

crash-points: setup ## Crash the change tracking at many seeded instants (POINTS)
	$(BUILD) --build-tests
	HOMEWARD_CRASH_POINTS=$$(($(POINTS) / 4)) $(UNIT) --filter 'CrashTests.*no crash makes'
