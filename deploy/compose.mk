# The lab in containers: the same loop over mutual TLS, by docker compose or podman-compose.
#   make compose-lab                              verdict last
#   make compose-lab KILL=mt-home                 that container is killed (-9) in the middle of an operation
#   make compose-lab KILL=vault@reprotect/attach  in that step

# Without a step: the drain of the operation that moves data over the component.
DRAIN = $(if $(filter ps-home mt-cloud,$(KILL)),failover,failback)/drain
COMPOSE_KILL = $(if $(findstring @,$(KILL)),$(KILL),$(KILL)@$(DRAIN))

.PHONY: compose-lab
compose-lab: PROFILE = small
compose-lab: MACHINES = app-01
compose-lab: setup ## Run the whole loop in containers (LAB_DIR, PROFILE, IMAGE, WRITES, KILL)
	$(BUILD)
	@deploy/compose-lab "$$($(SWIFT) build --show-bin-path)" "$(LAB_DIR)" --replace --profile "$(PROFILE)" \
	  --machines "$(MACHINES)" $(if $(IMAGE),--image "$(IMAGE)") $(if $(WRITES),--writes "$(WRITES)") \
	  $(if $(KILL),--kill "$(COMPOSE_KILL)")
