/** A Python class `Pool` that does what the image's programs use of urllib3's pool of connections. */
export const pythonPool = `
from urllib.error import HTTPError
from urllib.request import Request, urlopen

class Answer:
    def __init__(self, status, data, headers):
        self.status, self.data, self.headers = status, data, headers

class Pool:
    def request(self, method, url, body=None, headers={}, **_):
        try:
            with urlopen(Request(url, body and body.encode(), headers, method=method)) as answer:
                return Answer(answer.status, answer.read(), answer.headers)
        except HTTPError as refusal:
            return Answer(refusal.code, refusal.read(), refusal.headers)
`;
