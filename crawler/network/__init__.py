"""What stands between the crawler and the network: address guard, wire tap, header cap, TLS trust."""
