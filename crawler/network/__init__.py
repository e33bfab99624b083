"""What stands between the crawler and the network: address guard, wire tap, decoding, proxy, TLS trust."""
