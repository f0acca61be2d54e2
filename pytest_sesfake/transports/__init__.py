"""The transports: each one takes in the calls of one kind of client and passes them to the call handler."""
