import Crypto
func h() -> Int { SHA256.byteCount }
