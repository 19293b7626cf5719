"""What a service for strangers needs: bounded bodies, bounded work, a token, one form of refusal, a graceful end."""
