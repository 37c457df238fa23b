// The bot of the benchmark in Go: aws-lambda-go, slack-go and version 2 of the AWS SDK, each as its documentation shows it.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/slack-go/slack"
)

type bot struct {
	signingSecret string
	// What a bot would call Slack with.
	slack *slack.Client
}

func main() {
	bot, err := newBot(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(bot.handle)
}

// newBot reads both secrets with one call.
func newBot(ctx context.Context) (*bot, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	signingSecret, token := os.Getenv("SIGNING_SECRET_PARAMETER"), os.Getenv("BOT_TOKEN_PARAMETER")
	out, err := ssm.NewFromConfig(cfg).GetParameters(ctx, &ssm.GetParametersInput{
		Names:          []string{signingSecret, token},
		WithDecryption: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, parameter := range out.Parameters {
		values[aws.ToString(parameter.Name)] = aws.ToString(parameter.Value)
	}
	if values[signingSecret] == "" || values[token] == "" {
		return nil, fmt.Errorf("missing parameters: %v", out.InvalidParameters)
	}
	return &bot{signingSecret: values[signingSecret], slack: slack.New(values[token])}, nil
}

func (b *bot) handle(_ context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	body := []byte(event.Body)
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return status(http.StatusBadRequest), nil
		}
		body = decoded
	}
	header := http.Header{}
	for name, value := range event.Headers {
		header.Set(name, value)
	}
	verifier, err := slack.NewSecretsVerifier(header, b.signingSecret)
	if err != nil {
		return status(http.StatusUnauthorized), nil
	}
	if _, err := verifier.Write(body); err != nil {
		return status(http.StatusInternalServerError), nil
	}
	if err := verifier.Ensure(); err != nil {
		return status(http.StatusUnauthorized), nil
	}
	request, err := http.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
	if err != nil {
		return status(http.StatusInternalServerError), nil
	}
	request.Header = header
	command, err := slack.SlashCommandParse(request)
	if err != nil || command.Command != "/bench" {
		return status(http.StatusBadRequest), nil
	}
	reply, err := json.Marshal(slack.Msg{ResponseType: slack.ResponseTypeEphemeral, Text: command.Text})
	if err != nil {
		return status(http.StatusInternalServerError), nil
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusOK,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       string(reply),
	}, nil
}

func status(code int) events.APIGatewayV2HTTPResponse {
	return events.APIGatewayV2HTTPResponse{StatusCode: code, Body: http.StatusText(code)}
}
